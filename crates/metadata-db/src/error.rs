//! What can go wrong between this process and the metadata database.

use std::{panic::Location, path::PathBuf};

use crate::migrate::MigrateError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("sql_alchemy_conn is not a PostgreSQL or SQLite address")]
    Address(#[from] crate::connect::AddressError),
    #[error("cannot connect to the metadata database {address}")]
    Connect {
        address: String,
        #[source]
        source: sqlx::Error,
    },
    #[error(
        "the schema {schema} of [database] sql_alchemy_schema is not there, or may not be used; \
         CREATE SCHEMA makes it"
    )]
    Schema { schema: String },
    #[error("cannot create the folder {path} of the metadata database")]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot begin a transaction")]
    Begin(#[source] sqlx::Error),
    #[error("cannot commit a transaction")]
    Commit(#[source] sqlx::Error),
    #[error("cannot roll back a transaction")]
    Rollback(#[source] sqlx::Error),
    #[error("query at {place} failed")]
    Query {
        /// Where the statement was started.
        place: &'static Location<'static>,
        #[source]
        source: sqlx::Error,
    },
    #[error("cannot write a query's list as JSON")]
    JsonParameter(#[source] serde_json::Error),
    #[error("cannot wait for changes of the metadata database")]
    Changes(#[source] sqlx::Error),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}

/// What an error tells about trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The database rolled the transaction back because of others (deadlock, serialization
    /// failure, lock held too long): the same transaction may succeed when run again.
    Transaction,
    /// The connection is gone, or the database does not work now: it is full, a standby, or does not
    /// let us in. Time or an operator heals that. Whether a commit in flight was applied is unknown.
    Connection,
    /// Trying again changes nothing.
    Never,
}

impl Error {
    /// The error of the driver below, if there is one.
    pub fn database(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Connect { source, .. }
            | Self::Begin(source)
            | Self::Commit(source)
            | Self::Rollback(source)
            | Self::Query { source, .. }
            | Self::Changes(source)
            | Self::Migrate(MigrateError::Statement { source, .. }) => Some(source),
            Self::Address(_)
            | Self::Folder { .. }
            | Self::JsonParameter(_)
            | Self::Migrate(_)
            | Self::Schema { .. } => None,
        }
    }

    pub fn retry(&self) -> Retry {
        self.database().map_or(Retry::Never, classify)
    }

    /// `SELECT … FOR UPDATE NOWAIT` found a row that another transaction holds.
    pub fn is_lock_not_available(&self) -> bool {
        self.has_code("55P03")
    }

    pub fn is_unique_violation(&self) -> bool {
        matches!(self.database(), Some(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    pub fn is_foreign_key_violation(&self) -> bool {
        matches!(self.database(), Some(sqlx::Error::Database(error)) if error.is_foreign_key_violation())
    }

    fn has_code(&self, code: &str) -> bool {
        matches!(self.database(), Some(sqlx::Error::Database(error)) if error.code().as_deref() == Some(code))
    }
}

pub(crate) fn classify(error: &sqlx::Error) -> Retry {
    match error {
        sqlx::Error::Database(error) => error
            .code()
            .map_or(Retry::Never, |code| classify_code(&code)),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed => Retry::Connection,
        _ => Retry::Never,
    }
}

/// `PostgreSQL`'s codes have five characters, `SQLite`'s are numbers below that. Whatever time or an
/// operator heals is tried again: a full disk must not turn a task that succeeded into a lost one.
fn classify_code(code: &str) -> Retry {
    match code {
        // serialization_failure, deadlock_detected, lock_not_available, query_canceled.
        "40001" | "40P01" | "55P03" | "57014" => Retry::Transaction,
        // admin_shutdown, crash_shutdown, cannot_connect_now, database_dropped, idle_session_timeout,
        // idle_in_transaction_session_timeout, and read_only_sql_transaction: a standby that is not
        // promoted yet. invalid_catalog_name and insufficient_privilege: a database that is being
        // restored, a role that is being changed.
        "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25P03" | "25006" | "3D000" | "42501" => {
            Retry::Connection
        }
        code if code.len() == 5 => match &code[..2] {
            // Connection exceptions; refused authorizations, such as by a changed password;
            // insufficient resources, such as disk and connections; errors of the system around it.
            "08" | "28" | "53" | "58" => Retry::Connection,
            _ => Retry::Never,
        },
        // The low byte is the kind, what is above says more about it.
        code => match code.parse::<u32>().map(|code| code & 0xff) {
            // BUSY, LOCKED.
            Ok(5 | 6) => Retry::Transaction,
            // PERM, READONLY (its file's permissions, or a file system that was remounted), IOERR,
            // FULL, CANTOPEN (no descriptors left, or the folder is away).
            Ok(3 | 8 | 10 | 13 | 14) => Retry::Connection,
            _ => Retry::Never,
        },
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::deadlock("40P01", Retry::Transaction)]
    #[case::disk_full("53100", Retry::Connection)]
    #[case::too_many_connections("53300", Retry::Connection)]
    #[case::standby("25006", Retry::Connection)]
    #[case::connection_failure("08006", Retry::Connection)]
    #[case::another_password("28P01", Retry::Connection)]
    #[case::not_let_in("28000", Retry::Connection)]
    #[case::no_such_database("3D000", Retry::Connection)]
    #[case::dropped_database("57P04", Retry::Connection)]
    #[case::no_privilege("42501", Retry::Connection)]
    #[case::file_error("58030", Retry::Connection)]
    #[case::sqlite_read_only("8", Retry::Connection)]
    #[case::sqlite_read_only_folder("1544", Retry::Connection)]
    #[case::untranslatable_character("22P05", Retry::Never)]
    #[case::unique_violation("23505", Retry::Never)]
    #[case::sqlite_busy_snapshot("517", Retry::Transaction)]
    #[case::sqlite_full("13", Retry::Connection)]
    #[case::sqlite_write_error("778", Retry::Connection)]
    #[case::sqlite_cannot_open("14", Retry::Connection)]
    #[case::sqlite_unique("2067", Retry::Never)]
    fn tells_what_time_heals(#[case] code: &str, #[case] expected: Retry) {
        assert_eq!(classify_code(code), expected);
    }
}
