//! Instants, in each engine's own form.

use std::{fmt, ops::Deref};

use jiff::{Timestamp, civil, tz::Offset};
use serde::{Serialize, Serializer};
use sqlx::{
    Decode, Encode, Postgres, Sqlite, Type, TypeInfo,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef, types::Oid},
    sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef},
};
use updraft_core::UtcDateTime;

/// `pg_type.oid` of `timestamptz`, fixed in `PostgreSQL`'s catalogue.
const TIMESTAMPTZ_OID: Oid = Oid(1184);
/// `pg_type.oid` of `timestamp`, which a few of Airflow's columns have; they hold UTC too.
const TIMESTAMP_OID: Oid = Oid(1114);
/// 2000-01-01, `PostgreSQL`'s epoch, in microseconds after 1970.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// A timestamp column. On `PostgreSQL` `timestamp with time zone`; on `SQLite` the text
/// `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, always with six fraction digits: `SQLAlchemy` reads nothing
/// else, and SQL compares the texts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DbTimestamp(pub UtcDateTime);

impl From<UtcDateTime> for DbTimestamp {
    fn from(instant: UtcDateTime) -> Self {
        Self(instant)
    }
}

impl From<DbTimestamp> for UtcDateTime {
    fn from(timestamp: DbTimestamp) -> Self {
        timestamp.0
    }
}

impl Deref for DbTimestamp {
    type Target = UtcDateTime;

    fn deref(&self) -> &UtcDateTime {
        &self.0
    }
}

impl fmt::Display for DbTimestamp {
    /// The text that `SQLite` holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Offset::UTC.to_datetime(self.0.timestamp());
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.subsec_nanosecond() / 1_000
        )
    }
}

impl fmt::Debug for DbTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for DbTimestamp {
    /// `SQLite`'s text, which `PostgreSQL` reads as UTC as well: sessions are opened with
    /// `TimeZone=UTC`. So one JSON list serves both engines.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn parse(text: &str) -> Result<DbTimestamp, BoxDynError> {
    // A value with an offset can only come from a hand-written statement, but its meaning is clear.
    let instant = match text.parse::<Timestamp>() {
        Ok(instant) => instant,
        Err(_) => Offset::UTC.to_timestamp(text.parse::<civil::DateTime>()?)?,
    };
    Ok(DbTimestamp(instant.into()))
}

impl Type<Postgres> for DbTimestamp {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ_OID)
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        matches!(ty.oid(), Some(TIMESTAMPTZ_OID | TIMESTAMP_OID))
    }
}

impl Encode<'_, Postgres> for DbTimestamp {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let micros = self.0.as_micros() - POSTGRES_EPOCH;
        <i64 as Encode<'_, Postgres>>::encode_by_ref(&micros, buffer)
    }
}

impl<'r> Decode<'r, Postgres> for DbTimestamp {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => {
                let micros = <i64 as Decode<'r, Postgres>>::decode(value)?;
                UtcDateTime::from_micros(micros.saturating_add(POSTGRES_EPOCH))
                    .map(Self)
                    .ok_or_else(|| "timestamp outside of the years -9999 to 9999".into())
            }
            PgValueFormat::Text => parse(value.as_str()?),
        }
    }
}

impl Type<Sqlite> for DbTimestamp {
    fn type_info() -> SqliteTypeInfo {
        <String as Type<Sqlite>>::type_info()
    }

    fn compatible(ty: &SqliteTypeInfo) -> bool {
        matches!(ty.name(), "TEXT" | "DATETIME")
    }
}

impl Encode<'_, Sqlite> for DbTimestamp {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <String as Encode<'_, Sqlite>>::encode(self.to_string(), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for DbTimestamp {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        parse(<&str as Decode<'r, Sqlite>>::decode(value)?)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2024-01-01T00:00:00Z", "2024-01-01 00:00:00.000000")]
    #[case("2024-02-29T23:59:59.1Z", "2024-02-29 23:59:59.100000")]
    #[case("1969-12-31T23:59:59.999999Z", "1969-12-31 23:59:59.999999")]
    fn text_always_has_six_fraction_digits(#[case] instant: &str, #[case] text: &str) {
        let timestamp = DbTimestamp(instant.parse().unwrap());
        assert_eq!(timestamp.to_string(), text);
        assert_eq!(parse(text).unwrap(), timestamp);
    }

    #[test]
    fn an_offset_is_understood() {
        let expected = DbTimestamp("2024-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(parse("2024-01-01 02:00:00+02:00").unwrap(), expected);
    }
}
