//! What pools are opened with, and `SQLite`'s.

use std::{path::Path, time::Duration};

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// How many connections a component may hold, and what it trades for durability.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// `PostgreSQL` connections, or `SQLite` readers beside the one writer.
    pub max_connections: u32,
    /// How long to wait for a connection. On `PostgreSQL` an outage shows after five seconds.
    pub acquire_timeout: Duration,
    /// How long `PostgreSQL`'s answer to one statement is waited for; its connection is given up after
    /// that, and whether it was carried out is unknown, as after any broken connection. Neither side
    /// hears of a router between them that drops their packets, or of a host that vanishes. `None`
    /// waits for ever: for commands, whose statements may take any time and whose user can interrupt.
    pub answer_timeout: Option<Duration>,
    /// `pg_stat_activity.application_name`.
    pub application_name: String,
    /// Off for transaction-pooling proxies that cannot keep named prepared statements.
    pub prepared_statements: bool,
    /// `PostgreSQL`'s schema of Airflow's tables; `None` leaves them to the search path.
    pub schema: Option<String>,
    /// How often a transaction is begun that the database breaks off because of others.
    pub transaction_attempts: u32,
    /// When an `SQLite` commit is on disk.
    pub synchronous: Synchronous,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            max_connections: 5,
            acquire_timeout: Duration::from_secs(30),
            answer_timeout: None,
            application_name: "updraft".to_owned(),
            prepared_statements: true,
            schema: None,
            transaction_attempts: 3,
            synchronous: Synchronous::Full,
        }
    }
}

/// `PRAGMA synchronous` under a write-ahead log. Measured on an ext4 disk: 300 single-row commits
/// a second with `FULL`, 20,000 with `NORMAL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// A commit is on disk when it returns. With it a try that began, or ended, is not run again
    /// after a power loss; see [`crate::Db::begin_relaxed`] for what may do without.
    Full,
    /// The last commits may be undone by a power loss (never by the death of a process). Only for
    /// databases that nobody would miss.
    Normal,
}

impl Synchronous {
    pub(crate) fn pragma(self) -> &'static str {
        match self {
            Self::Full => "PRAGMA synchronous = FULL",
            Self::Normal => "PRAGMA synchronous = NORMAL",
        }
    }
}

pub(crate) fn sqlite_writer_pool(path: &Path, options: &ConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(sqlite(path, options).create_if_missing(true))
}

pub(crate) fn sqlite_reader_pool(path: &Path, options: &ConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(options.max_connections.clamp(1, READERS))
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(Duration::from_mins(5))
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(
            sqlite(path, options)
                .pragma("query_only", "ON")
                .pragma("cache_size", CACHE),
        )
}

/// There is one writer, and what is read is in the system's cache of files: more would only hold memory.
const READERS: u32 = 3;
/// Of a reader, in KiB, as SQLite wants it written.
const CACHE: &str = "-512";

fn sqlite(path: &Path, options: &ConnectOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        // Cascades are relied on; SQLAlchemy's side switches them on as well.
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match options.synchronous {
            Synchronous::Full => SqliteSynchronous::Full,
            Synchronous::Normal => SqliteSynchronous::Normal,
        })
        // Stock components write the same file, and hold its lock for a whole transaction.
        .busy_timeout(Duration::from_secs(30))
}
