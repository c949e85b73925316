//! Time zones as serialized DAGs name them.

use jiff::tz::{Offset, TimeZone};

/// A time zone that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TimeZoneError {
    #[error("unknown time zone {name:?}")]
    UnknownName {
        name: String,
        #[source]
        source: jiff::Error,
    },
    #[error("no time zone lies {seconds} seconds from UTC")]
    OffsetOutOfRange {
        seconds: i64,
        #[source]
        source: jiff::Error,
    },
}

/// The zone of that IANA name, from the database built into the program: the same DAG must mean
/// the same instants on every host.
pub fn named_time_zone(name: &str) -> Result<TimeZone, TimeZoneError> {
    if name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(name).map_err(|source| TimeZoneError::UnknownName {
        name: name.to_owned(),
        source,
    })
}

/// The zone that always lies that many seconds east of UTC.
pub fn fixed_time_zone(seconds: i64) -> Result<TimeZone, TimeZoneError> {
    let narrow = i32::try_from(seconds).unwrap_or(i32::MAX);
    Offset::from_seconds(narrow)
        .map(TimeZone::fixed)
        .map_err(|source| TimeZoneError::OffsetOutOfRange { seconds, source })
}
