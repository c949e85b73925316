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
    /// The connection is gone. Whether a commit in flight was applied is unknown.
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
            Self::Address(_) | Self::Folder { .. } | Self::JsonParameter(_) | Self::Migrate(_) => {
                None
            }
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
        sqlx::Error::Database(error) => match error.code().as_deref() {
            // PostgreSQL: serialization_failure, deadlock_detected. SQLite: BUSY, LOCKED and
            // their extended forms BUSY_SNAPSHOT, BUSY_RECOVERY, LOCKED_SHAREDCACHE.
            Some("40001" | "40P01" | "5" | "6" | "517" | "261" | "262") => Retry::Transaction,
            // admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout, and the
            // whole class 08, connection exceptions.
            Some("57P01" | "57P02" | "57P03" | "57P05") => Retry::Connection,
            Some(code) if code.len() == 5 && code.starts_with("08") => Retry::Connection,
            _ => Retry::Never,
        },
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed => Retry::Connection,
        _ => Retry::Never,
    }
}
