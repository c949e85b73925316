//! dateutil's `relativedelta`.

use jiff::SignedDuration;
use serde::Deserialize;
use updraft_core::timetable::{Delta, RelativeDelta};

use super::typed::duration;

/// The attributes that are not zero; Python leaves the others out.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct RelativeDeltaJson {
    years: f64,
    months: f64,
    weeks: f64,
    days: f64,
    leapdays: f64,
    hours: f64,
    minutes: f64,
    seconds: f64,
    microseconds: f64,
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    hour: Option<i8>,
    minute: Option<i8>,
    second: Option<i8>,
    microsecond: Option<i32>,
    /// `[weekday]` or `[weekday, n]`.
    weekday: Vec<i32>,
}

impl RelativeDeltaJson {
    fn duration(&self) -> SignedDuration {
        let days = self.weeks * 7.0 + self.days;
        let seconds = ((days * 24.0 + self.hours) * 60.0 + self.minutes) * 60.0 + self.seconds;
        // Microseconds apart: added as a fraction they would lose digits.
        let micros = self.microseconds / 1e6;
        duration(seconds).unwrap_or_default() + duration(micros).unwrap_or_default()
    }
}

impl From<RelativeDeltaJson> for RelativeDelta {
    fn from(json: RelativeDeltaJson) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the cast saturates, and no year is near the ends"
        )]
        let whole = |number: f64| number.trunc() as i32;
        let weekday = json.weekday.first().and_then(|weekday| {
            let which = json.weekday.get(1).copied().unwrap_or(1);
            i8::try_from(*weekday).ok().map(|weekday| (weekday, which))
        });
        Self {
            years: whole(json.years),
            months: whole(json.months),
            leapdays: whole(json.leapdays),
            duration: json.duration(),
            year: json.year,
            month: json.month,
            day: json.day,
            hour: json.hour,
            minute: json.minute,
            second: json.second,
            microsecond: json.microsecond,
            weekday,
        }
    }
}

/// Reads a duration as timetables hold it: seconds, or a `relativedelta`'s attributes.
pub(super) fn read_delta(text: &str) -> Result<Delta, serde_json::Error> {
    if text.starts_with('{') {
        let json: RelativeDeltaJson = serde_json::from_str(text)?;
        return Ok(Delta::Relative(json.into()));
    }
    let seconds: super::typed::Seconds = serde_json::from_str(text)?;
    Ok(Delta::Absolute(seconds.0))
}
