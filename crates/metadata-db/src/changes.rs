//! Being told that somebody changed the database.

use std::time::Duration;

use sqlx::{
    Connection as _, SqliteConnection,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};

use crate::{
    connect::Address,
    db::{Db, Engine, Pools, Tx},
    error::Error,
    query::Source,
};

/// The channel of every notification; the payload says what happened.
const CHANNEL: &str = "updraft";

/// A change of the database. A hint, never the truth: it may come late, twice or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// [`notify`] of a committed transaction, here or elsewhere.
    Notified(String),
    /// `SQLite`: some other connection committed something.
    FileChanged,
    /// The connection was lost and is back; what was notified meanwhile is lost.
    Reconnected,
}

/// Waits for changes. Arm it before looking at the database.
#[derive(Debug)]
pub struct Changes(Watch);

#[derive(Debug)]
enum Watch {
    Postgres(Box<PgListener>),
    Sqlite {
        connection: SqliteConnection,
        version: i64,
        interval: Duration,
    },
}

impl Changes {
    /// `interval` is `SQLite`'s polling interval; one poll reads a counter in shared memory.
    pub async fn watch(db: &Db, interval: Duration) -> Result<Self, Error> {
        match (&db.pools, db.address()) {
            (Pools::Sqlite { readers, .. }, _) => {
                // A connection of its own: the counter leaves out what its connection commits.
                let options = readers.connect_options();
                let mut connection = SqliteConnection::connect_with(&options)
                    .await
                    .map_err(Error::Changes)?;
                let version = data_version(&mut connection).await?;
                Ok(Self(Watch::Sqlite {
                    connection,
                    version,
                    interval,
                }))
            }
            (Pools::Postgres(_), Address::Postgres(options)) => {
                let listener = listen(options).await.map_err(Error::Changes)?;
                Ok(Self(Watch::Postgres(Box::new(listener))))
            }
            (Pools::Postgres(_), Address::Sqlite(_)) => Err(Error::Changes(sqlx::Error::Protocol(
                "a PostgreSQL pool with an SQLite address".to_owned(),
            ))),
        }
    }

    /// The next change. Cancel-safe.
    pub async fn next(&mut self) -> Result<Change, Error> {
        match &mut self.0 {
            Watch::Postgres(listener) => match listener.try_recv().await {
                Ok(Some(notification)) => Ok(Change::Notified(notification.payload().to_owned())),
                Ok(None) => Ok(Change::Reconnected),
                Err(error) => Err(Error::Changes(error)),
            },
            Watch::Sqlite {
                connection,
                version,
                interval,
            } => loop {
                tokio::time::sleep(*interval).await;
                let now = data_version(connection).await?;
                if now != *version {
                    *version = now;
                    return Ok(Change::FileChanged);
                }
            },
        }
    }
}

/// Tells every listener when the transaction commits. Once a batch, not once a row. `SQLite` needs
/// none: its commits are seen by themselves.
pub async fn notify(tx: &mut Tx, payload: &str) -> Result<(), Error> {
    if tx.engine() == Engine::Postgres {
        tx.query("SELECT pg_notify($1, $2)::text")
            .bind(CHANNEL)
            .bind(payload)
            .execute()
            .await?;
    }
    Ok(())
}

async fn listen(options: &PgConnectOptions) -> Result<PgListener, sqlx::Error> {
    // A pool of its own, so that the listener never takes the last connection from the queries.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

async fn data_version(connection: &mut SqliteConnection) -> Result<i64, Error> {
    sqlx::query_scalar("PRAGMA data_version")
        .fetch_one(connection)
        .await
        .map_err(Error::Changes)
}
