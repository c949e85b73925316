//! Instants with the resolution that the metadata database keeps.

use std::{fmt, str::FromStr, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Source of the present moment, handed to every loop that needs one.
pub type Clock = Arc<dyn Fn() -> UtcDateTime + Send + Sync>;

/// An instant in UTC, in whole microseconds: `dag_run.execution_date` is compared for equality, so
/// a finer value would not survive a round trip through the database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcDateTime(Timestamp);

impl UtcDateTime {
    pub const UNIX_EPOCH: Self = Self(Timestamp::UNIX_EPOCH);

    /// Microseconds since the Unix epoch; `None` outside of the years -9999 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        Timestamp::from_microsecond(micros).ok().map(Self)
    }

    /// Seconds since the Unix epoch, as serialized DAGs hold them; rounded to microseconds.
    pub fn from_epoch_seconds(seconds: f64) -> Option<Self> {
        let micros = (seconds * 1e6).round();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the range is checked right here"
        )]
        (micros.abs() < 9e17)
            .then_some(micros as i64)
            .and_then(Self::from_micros)
    }

    pub fn as_micros(self) -> i64 {
        self.0.as_microsecond()
    }

    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// Time from `earlier` to `self`; negative where `earlier` is later.
    pub fn since(self, earlier: Self) -> SignedDuration {
        self.0.duration_since(earlier.0)
    }

    /// `self + duration`, held within the representable years.
    #[must_use]
    pub fn saturating_add(self, duration: SignedDuration) -> Self {
        let bound = if duration.is_negative() {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        Self::from(self.0.checked_add(duration).unwrap_or(bound))
    }

    /// `self - duration`, held within the representable years.
    #[must_use]
    pub fn saturating_sub(self, duration: SignedDuration) -> Self {
        let bound = if duration.is_negative() {
            Timestamp::MAX
        } else {
            Timestamp::MIN
        };
        Self::from(self.0.checked_sub(duration).unwrap_or(bound))
    }

    /// Python's `datetime.isoformat()` of an aware UTC value, the form used in run ids:
    /// `2024-01-01T00:00:00+00:00`, with six fraction digits only where they are not all zero.
    pub fn isoformat(self) -> String {
        self.python_text('T')
    }

    /// Python's `str(datetime)` of an aware UTC value: as [`Self::isoformat`], with a space.
    pub fn python_str(self) -> String {
        self.python_text(' ')
    }

    fn python_text(self, separator: char) -> String {
        let date_time = jiff::tz::Offset::UTC.to_datetime(self.0);
        let micros = date_time.subsec_nanosecond() / 1_000;
        let date = date_time.date();
        let time = date_time.time();
        let whole = format!(
            "{:04}-{:02}-{:02}{separator}{:02}:{:02}:{:02}",
            date.year(),
            date.month(),
            date.day(),
            time.hour(),
            time.minute(),
            time.second()
        );
        if micros == 0 {
            format!("{whole}+00:00")
        } else {
            format!("{whole}.{micros:06}+00:00")
        }
    }
}

impl From<Timestamp> for UtcDateTime {
    /// Drops what is finer than a microsecond (towards the past).
    fn from(timestamp: Timestamp) -> Self {
        let micros = timestamp.as_nanosecond().div_euclid(1_000);
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        Self(Timestamp::from_microsecond(micros).unwrap_or(timestamp))
    }
}

impl fmt::Display for UtcDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.isoformat())
    }
}

impl fmt::Debug for UtcDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.isoformat())
    }
}

impl FromStr for UtcDateTime {
    type Err = jiff::Error;

    /// RFC 3339, with `T` or a space.
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<Timestamp>().map(Self::from)
    }
}

impl Serialize for UtcDateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.isoformat())
    }
}

impl<'de> Deserialize<'de> for UtcDateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00+00:00",
        "2024-01-01 00:00:00+00:00"
    )]
    #[case(
        "2024-01-01T00:00:00.5Z",
        "2024-01-01T00:00:00.500000+00:00",
        "2024-01-01 00:00:00.500000+00:00"
    )]
    #[case(
        "1969-12-31T23:59:59.999999Z",
        "1969-12-31T23:59:59.999999+00:00",
        "1969-12-31 23:59:59.999999+00:00"
    )]
    fn prints_as_python_does(#[case] input: &str, #[case] iso: &str, #[case] text: &str) {
        let instant: UtcDateTime = input.parse().unwrap();
        assert_eq!(instant.isoformat(), iso);
        assert_eq!(instant.python_str(), text);
    }

    #[test]
    fn nanoseconds_are_dropped_towards_the_past() {
        let instant: UtcDateTime = "2024-01-01T00:00:00.000000999Z".parse().unwrap();
        assert_eq!(instant.isoformat(), "2024-01-01T00:00:00+00:00");
    }

    #[test]
    fn epoch_seconds_keep_microseconds() {
        let instant = UtcDateTime::from_epoch_seconds(1_704_067_200.000_001).unwrap();
        assert_eq!(instant.isoformat(), "2024-01-01T00:00:00.000001+00:00");
        assert_eq!(UtcDateTime::from_epoch_seconds(f64::NAN), None);
    }
}
