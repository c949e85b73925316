//! The database handle and its write transaction.

use std::time::Duration;

use sqlx::{
    Connection as _, PgConnection, Postgres, SqlSafeStr, Sqlite, SqliteConnection, SqlitePool,
    Transaction,
};

use crate::{
    connect::{
        Address, ConnectOptions, PostgresPool, Synchronous, sqlite_reader_pool, sqlite_writer_pool,
    },
    error::Error,
    query::{Source as _, Sql},
    retry::TransactionRetry,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    Postgres,
    Sqlite,
}

/// A handle to the metadata database; cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pub(crate) pools: Pools,
    address: Address,
    /// Where Airflow's tables are, if not wherever the search path leads.
    schema: Option<String>,
    transaction_attempts: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Pools {
    Postgres(PostgresPool),
    Sqlite {
        readers: SqlitePool,
        /// One connection: writers of this process queue here rather than at the file's lock.
        writer: SqlitePool,
        synchronous: Synchronous,
    },
}

impl Db {
    /// Opens the database at `sql_alchemy_conn` and checks that it answers. An `SQLite` file is
    /// created where it is missing; its tables are not (see [`crate::migrate`]).
    pub async fn connect(sql_alchemy_conn: &str, options: &ConnectOptions) -> Result<Self, Error> {
        let db = Self::lazy(Address::parse(sql_alchemy_conn)?, options)?;
        let answer = match &db.pools {
            Pools::Postgres(pool) => first_connection(pool).await,
            Pools::Sqlite { writer, .. } => writer.acquire().await.map(drop),
        };
        answer.map_err(|source| Error::Connect {
            address: db.address.to_string(),
            source,
        })?;
        db.check_schema().await?;
        Ok(db)
    }

    /// As [`Self::connect`], without waiting for the database to answer.
    pub fn lazy(address: Address, options: &ConnectOptions) -> Result<Self, Error> {
        let pools = match &address {
            Address::Postgres(postgres) => Pools::Postgres(PostgresPool::new(postgres, options)),
            Address::Sqlite(path) => {
                if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
                    std::fs::create_dir_all(folder).map_err(|source| Error::Folder {
                        path: folder.to_owned(),
                        source,
                    })?;
                }
                Pools::Sqlite {
                    readers: sqlite_reader_pool(path, options),
                    writer: sqlite_writer_pool(path, options),
                    synchronous: options.synchronous,
                }
            }
        };
        let schema = match pools {
            Pools::Postgres(_) => options.schema.clone(),
            Pools::Sqlite { .. } => None,
        };
        Ok(Self {
            pools,
            address,
            schema,
            transaction_attempts: options.transaction_attempts.max(1),
        })
    }

    /// With a schema that is not there, `PostgreSQL` would look for the tables elsewhere.
    async fn check_schema(&self) -> Result<(), Error> {
        let Some(schema) = &self.schema else {
            return Ok(());
        };
        let current: Option<String> = self
            .query("SELECT CAST(current_schema() AS text)")
            .fetch_scalar()
            .await?;
        if current.as_ref() == Some(schema) {
            return Ok(());
        }
        Err(Error::Schema {
            schema: schema.clone(),
        })
    }

    /// Whether Airflow's tables have a schema of their own.
    pub(crate) fn has_schema(&self) -> bool {
        self.schema.is_some()
    }

    /// How transactions are run again that the database broke off because of others.
    pub fn transaction_retry(&self) -> TransactionRetry {
        TransactionRetry {
            attempts: self.transaction_attempts,
            ..TransactionRetry::default()
        }
    }

    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Postgres(_) => Engine::Postgres,
            Pools::Sqlite { .. } => Engine::Sqlite,
        }
    }

    /// Where the database is, without user and password.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Begins a write transaction. On `SQLite` it takes the file's write lock at once (`BEGIN
    /// IMMEDIATE`), so that it cannot fail half-way because of another writer.
    pub async fn begin(&self) -> Result<Tx, Error> {
        match &self.pools {
            Pools::Postgres(pool) => begin_postgres(pool).await,
            Pools::Sqlite {
                writer,
                synchronous,
                ..
            } => begin_sqlite(writer, *synchronous).await,
        }
    }

    /// As [`Self::begin`], for what can be found out or decided again: heartbeats, scheduling
    /// decisions, parsed DAGs. On `SQLite` the commit does not wait for the disk. A power loss may
    /// undo the newest such commits, but never one that a commit of [`Self::begin`] followed: the
    /// log is written in order. So claims and ends of tries stay with [`Self::begin`], and there is
    /// one wait for the disk at each of them instead of one for every step of the scheduler.
    /// On `PostgreSQL` it is the same as [`Self::begin`], since its server may die alone.
    pub async fn begin_relaxed(&self) -> Result<Tx, Error> {
        match &self.pools {
            Pools::Postgres(pool) => begin_postgres(pool).await,
            Pools::Sqlite { writer, .. } => begin_sqlite(writer, Synchronous::Normal).await,
        }
    }

    /// `PostgreSQL`'s connections, where they keep statements that are prepared by name.
    pub(crate) fn preparing_pool(&self) -> Option<&PostgresPool> {
        match &self.pools {
            Pools::Postgres(pool) if pool.prepares_statements() => Some(pool),
            _ => None,
        }
    }

    /// Closes every connection, waiting for those in use as long as the database may answer.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Postgres(pool) => pool.close().await,
            Pools::Sqlite {
                readers, writer, ..
            } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

/// Long enough for a healthy server, short enough for a person who waits for the reason.
const PROMPT: Duration = Duration::from_millis(500);

/// The pool takes a server that refuses connections for one that starts; it tries again until its
/// time is over, and then names that alone. So where it is not prompt, it is asked why.
async fn first_connection(pool: &PostgresPool) -> Result<(), sqlx::Error> {
    if let Ok(connected) = tokio::time::timeout(PROMPT, pool.acquire()).await {
        return connected.map(drop);
    }
    let options = pool.connect_options();
    match tokio::time::timeout(pool.patience(), PgConnection::connect_with(&options)).await {
        Ok(Ok(connection)) => {
            drop(connection.close().await);
            pool.acquire().await.map(drop)
        }
        Ok(Err(sqlx::Error::Database(error))) if is_starting(error.code().as_deref()) => {
            match pool.acquire().await {
                Err(sqlx::Error::PoolTimedOut) => Err(sqlx::Error::Database(error)),
                connected => connected.map(drop),
            }
        }
        Ok(Err(error)) => Err(error),
        // Neither an answer nor a refusal.
        Err(_) => Err(sqlx::Error::PoolTimedOut),
    }
}

/// `cannot_connect_now` and `too_many_connections`, which a moment may mend.
fn is_starting(code: Option<&str>) -> bool {
    matches!(code, Some("57P03" | "53300"))
}

async fn begin_postgres(pool: &PostgresPool) -> Result<Tx, Error> {
    pool.begin()
        .await
        .map(|transaction| Tx(Inner::Postgres(transaction, pool.clone())))
        .map_err(Error::Begin)
}

async fn begin_sqlite(writer: &SqlitePool, synchronous: Synchronous) -> Result<Tx, Error> {
    let begun = async {
        let mut connection = writer.acquire().await?;
        // Not allowed inside of a transaction, so it comes first.
        sqlx::query(synchronous.pragma())
            .execute(&mut *connection)
            .await?;
        // The pool's own `begin_with` could take the connection from somebody who set the pragma
        // otherwise in between.
        Transaction::begin(connection, Some("BEGIN IMMEDIATE".into_sql_str())).await
    };
    begun
        .await
        .map(|transaction| Tx(Inner::Sqlite(transaction)))
        .map_err(Error::Begin)
}

/// A write transaction; dropped without [`Self::commit`] it is rolled back.
#[derive(Debug)]
pub struct Tx(Inner);

#[derive(Debug)]
enum Inner {
    Postgres(Transaction<'static, Postgres>, PostgresPool),
    Sqlite(Transaction<'static, Sqlite>),
}

pub(crate) enum Connection<'c> {
    /// With the pool that it is from.
    Postgres(&'c mut PgConnection, &'c PostgresPool),
    Sqlite(&'c mut SqliteConnection),
}

impl Tx {
    pub fn engine(&self) -> Engine {
        match self.0 {
            Inner::Postgres(..) => Engine::Postgres,
            Inner::Sqlite(_) => Engine::Sqlite,
        }
    }

    /// Whether statements are prepared by name.
    pub(crate) fn prepares_statements(&self) -> bool {
        match &self.0 {
            Inner::Postgres(_, pool) => pool.prepares_statements(),
            Inner::Sqlite(_) => true,
        }
    }

    pub async fn commit(self) -> Result<(), Error> {
        match self.0 {
            Inner::Postgres(transaction, pool) => pool.answered(transaction.commit()).await,
            Inner::Sqlite(transaction) => transaction.commit().await,
        }
        .map_err(Error::Commit)
    }

    pub async fn rollback(self) -> Result<(), Error> {
        match self.0 {
            Inner::Postgres(transaction, pool) => pool.answered(transaction.rollback()).await,
            Inner::Sqlite(transaction) => transaction.rollback().await,
        }
        .map_err(Error::Rollback)
    }

    /// Runs statements that have no parameters, separated by semicolons, without preparing them.
    pub async fn run_script(&mut self, script: impl Sql) -> Result<(), sqlx::Error> {
        // The only statements that may take any time: migrations.
        let script = sqlx::raw_sql(script.text(self.engine()));
        match &mut self.0 {
            Inner::Postgres(transaction, _) => script.execute(&mut **transaction).await.map(drop),
            Inner::Sqlite(transaction) => script.execute(&mut **transaction).await.map(drop),
        }
    }

    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match &mut self.0 {
            Inner::Postgres(transaction, pool) => Connection::Postgres(transaction, pool),
            Inner::Sqlite(transaction) => Connection::Sqlite(transaction),
        }
    }
}
