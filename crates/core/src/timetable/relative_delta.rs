//! dateutil's `relativedelta`.

use jiff::{SignedDuration, civil::Date, tz::Offset};

use crate::UtcDateTime;

const DAY_SECONDS: i64 = 86_400;

/// dateutil's `relativedelta`: calendar arithmetic in UTC. Plural fields add, singular ones
/// replace, in the order: year and month, day (held within the month), clock, duration, weekday.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelativeDelta {
    pub years: i32,
    pub months: i32,
    /// Days added from March on in leap years.
    pub leapdays: i32,
    /// Days, hours, minutes, seconds and microseconds together: all of fixed length in UTC.
    pub duration: SignedDuration,
    pub year: Option<i16>,
    pub month: Option<i8>,
    pub day: Option<i8>,
    pub hour: Option<i8>,
    pub minute: Option<i8>,
    pub second: Option<i8>,
    pub microsecond: Option<i32>,
    /// Weekday (0 is Monday) and which one: 1 is the first on or after, -1 the last on or before.
    pub weekday: Option<(i8, i32)>,
}

impl RelativeDelta {
    /// What dateutil's unary minus makes of it: only what adds changes its sign, leap days not.
    #[must_use]
    pub(super) fn negated(&self) -> Self {
        Self {
            years: -self.years,
            months: -self.months,
            duration: -self.duration,
            ..self.clone()
        }
    }

    pub(super) fn add_to(&self, instant: UtcDateTime) -> Option<UtcDateTime> {
        let start = Offset::UTC.to_datetime(instant.timestamp());
        let date = self.move_date(start.date())?;
        let clock = start
            .time()
            .with()
            .hour(self.hour.unwrap_or(start.hour()))
            .minute(self.minute.unwrap_or(start.minute()))
            .second(self.second.unwrap_or(start.second()))
            .subsec_nanosecond(
                self.microsecond
                    .map_or(start.subsec_nanosecond(), |micros| micros * 1_000),
            )
            .build()
            .ok()?;
        let mut duration = self.duration;
        if self.leapdays != 0 && date.month() > 2 && date.in_leap_year() {
            duration += SignedDuration::from_secs(i64::from(self.leapdays) * DAY_SECONDS);
        }
        let moved = date.to_datetime(clock).checked_add(duration).ok()?;
        let days = self.days_to_weekday(moved.weekday().to_monday_zero_offset());
        let moved = moved
            .checked_add(SignedDuration::from_secs(days * DAY_SECONDS))
            .ok()?;
        Offset::UTC.to_timestamp(moved).ok().map(UtcDateTime::from)
    }

    fn move_date(&self, start: Date) -> Option<Date> {
        let year = i32::from(self.year.unwrap_or(start.year()));
        let month = i32::from(self.month.unwrap_or(start.month()));
        let months = year
            .checked_add(self.years)?
            .checked_mul(12)?
            .checked_add(month - 1)?
            .checked_add(self.months)?;
        let first = Date::new(
            i16::try_from(months.div_euclid(12)).ok()?,
            i8::try_from(months.rem_euclid(12) + 1).ok()?,
            1,
        )
        .ok()?;
        let day = self.day.unwrap_or(start.day()).min(first.days_in_month());
        first.with().day(day).build().ok()
    }

    fn days_to_weekday(&self, from: i8) -> i64 {
        let Some((weekday, which)) = self.weekday else {
            return 0;
        };
        let weeks = (i64::from(which).abs() - 1) * 7;
        let from = i64::from(from);
        let weekday = i64::from(weekday);
        if which > 0 {
            weeks + (weekday - from).rem_euclid(7)
        } else {
            -(weeks + (from - weekday).rem_euclid(7))
        }
    }

    /// Length with 365 days a year and 30 a month, without fractions of a second.
    pub(super) fn approximate_seconds(&self) -> i64 {
        (i64::from(self.years) * 365 + i64::from(self.months) * 30) * DAY_SECONDS
            + self.duration.as_secs()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn months(months: i32) -> RelativeDelta {
        RelativeDelta {
            months,
            ..RelativeDelta::default()
        }
    }

    #[rstest]
    #[case::day_is_held_within_the_month(months(1), "2024-01-31T05:00:00Z", "2024-02-29T05:00:00Z")]
    #[case::year_is_carried(months(-13), "2024-01-15T00:00:00Z", "2022-12-15T00:00:00Z")]
    #[case::last_friday(
        RelativeDelta { duration: SignedDuration::from_hours(7 * 24), weekday: Some((4, -1)), ..RelativeDelta::default() },
        "2024-01-01T00:00:00Z",
        "2024-01-05T00:00:00Z"
    )]
    #[case::second_monday_on_or_after(
        RelativeDelta { weekday: Some((0, 2)), ..RelativeDelta::default() },
        "2024-01-01T00:00:00Z",
        "2024-01-08T00:00:00Z"
    )]
    #[case::clock_is_replaced(
        RelativeDelta { day: Some(1), hour: Some(6), minute: Some(0), second: Some(0), microsecond: Some(0), ..months(1) },
        "2024-01-31T05:04:03.000002Z",
        "2024-02-01T06:00:00Z"
    )]
    #[case::leap_day(
        RelativeDelta { leapdays: -1, ..months(2) },
        "2024-01-10T00:00:00Z",
        "2024-03-09T00:00:00Z"
    )]
    fn adds_as_dateutil_does(
        #[case] delta: RelativeDelta,
        #[case] start: &str,
        #[case] expected: &str,
    ) {
        let start: UtcDateTime = start.parse().unwrap();
        assert_eq!(delta.add_to(start), Some(expected.parse().unwrap()));
    }

    #[test]
    fn no_date_beyond_the_calendar() {
        let delta = RelativeDelta {
            years: 9_000,
            ..RelativeDelta::default()
        };
        let start: UtcDateTime = "2024-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(delta.add_to(start), None);
    }
}
