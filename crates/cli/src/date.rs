//! Dates as arguments, in Airflow's forms.

use anyhow::Context as _;
use jiff::{Timestamp, civil, tz::TimeZone};
use updraft_core::UtcDateTime;

/// A date, or a date and time; without an offset it is in `zone`.
pub(crate) fn parse(text: &str, zone: &TimeZone) -> anyhow::Result<UtcDateTime> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant.into());
    }
    let date_time = text
        .parse::<civil::DateTime>()
        .or_else(|_| text.parse::<civil::Date>().map(civil::DateTime::from))
        .map_err(|_| anyhow::anyhow!("{text:?} is not a date such as 2024-01-31T12:00:00+00:00"))?;
    let zoned = zone
        .to_zoned_datetime(date_time)
        .with_context(|| format!("{text:?} is out of range"))?;
    Ok(zoned.timestamp().into())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2024-02-01", "2024-02-01T00:00:00+00:00")]
    #[case("2024-02-01T03:04:05.678", "2024-02-01T03:04:05.678000+00:00")]
    #[case("2024-02-01 03:04", "2024-02-01T03:04:00+00:00")]
    #[case("2024-02-01T03:04:05+02:00", "2024-02-01T01:04:05+00:00")]
    #[case("2024-02-01 03:04:05+00:00", "2024-02-01T03:04:05+00:00")]
    #[case("20240201T030405", "2024-02-01T03:04:05+00:00")]
    fn in_utc(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(parse(text, &TimeZone::UTC).unwrap().isoformat(), expected);
    }

    #[test]
    fn in_the_configured_zone() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let instant = parse("2024-07-01", &berlin).unwrap();
        assert_eq!(instant.isoformat(), "2024-06-30T22:00:00+00:00");
    }

    #[test]
    fn nonsense() {
        assert!(parse("yesterday", &TimeZone::UTC).is_err());
    }
}
