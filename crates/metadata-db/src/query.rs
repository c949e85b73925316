//! One statement, written once where the dialects agree, run on either engine.

use std::panic::Location;

use sqlx::{
    Arguments, AssertSqlSafe, Encode, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite, SqlitePool,
    Type,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::{
    connect::PostgresPool,
    db::{Connection, Db, Engine, Pools, Tx},
    error::Error,
};

/// The text of a statement: `&'static str` where both engines take the same, [`Dialects`] where
/// they differ, `String` for the few that are put together (never from a user's text).
pub trait Sql {
    fn text(self, engine: Engine) -> SqlStr;
}

impl Sql for &'static str {
    fn text(self, _: Engine) -> SqlStr {
        self.into_sql_str()
    }
}

impl Sql for String {
    fn text(self, _: Engine) -> SqlStr {
        AssertSqlSafe(self).into_sql_str()
    }
}

/// A statement that the engines spell differently; say why in a comment beside it.
#[derive(Clone, Copy, Debug)]
pub struct Dialects {
    pub postgres: &'static str,
    pub sqlite: &'static str,
}

impl Sql for Dialects {
    fn text(self, engine: Engine) -> SqlStr {
        match engine {
            Engine::Postgres => self.postgres,
            Engine::Sqlite => self.sqlite,
        }
        .into_sql_str()
    }
}

/// A value that both engines store.
pub trait Value<'q>:
    Encode<'q, Postgres> + Type<Postgres> + Encode<'q, Sqlite> + Type<Sqlite> + 'q
{
}

impl<'q, T> Value<'q> for T where
    T: Encode<'q, Postgres> + Type<Postgres> + Encode<'q, Sqlite> + Type<Sqlite> + 'q
{
}

/// A row type that decodes from both engines; `#[derive(sqlx::FromRow)]` makes one.
pub trait Row: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin
{}

/// What statements run on: `&mut Tx` inside a transaction, `&Db` for a single read.
pub trait Source<'c>: Send {
    #[track_caller]
    fn query(self, sql: impl Sql) -> Query<'c>;

    fn engine(&self) -> Engine;
}

impl<'c> Source<'c> for &'c mut Tx {
    #[track_caller]
    fn query(self, sql: impl Sql) -> Query<'c> {
        let engine = Tx::engine(self);
        let prepares = self.prepares_statements();
        let target = match self.connection() {
            Connection::Postgres(connection, pool) => Target::PostgresConnection(connection, pool),
            Connection::Sqlite(connection) => Target::SqliteConnection(connection),
        };
        Query::new(target, sql.text(engine), engine, prepares)
    }

    fn engine(&self) -> Engine {
        Tx::engine(self)
    }
}

/// Reads only: `SQLite`'s readers refuse to write.
impl<'c> Source<'c> for &'c Db {
    #[track_caller]
    fn query(self, sql: impl Sql) -> Query<'c> {
        let engine = Db::engine(self);
        let target = match &self.pools {
            Pools::Postgres(pool) => Target::PostgresPool(pool),
            Pools::Sqlite { readers, .. } => Target::SqlitePool(readers),
        };
        let prepares = match &self.pools {
            Pools::Postgres(pool) => pool.prepares_statements(),
            Pools::Sqlite { .. } => true,
        };
        Query::new(target, sql.text(engine), engine, prepares)
    }

    fn engine(&self) -> Engine {
        Db::engine(self)
    }
}

enum Target<'c> {
    PostgresPool(&'c PostgresPool),
    /// Of a transaction, with its pool.
    PostgresConnection(&'c mut sqlx::PgConnection, &'c PostgresPool),
    SqlitePool(&'c SqlitePool),
    SqliteConnection(&'c mut sqlx::SqliteConnection),
}

enum Bound {
    Postgres(PgArguments),
    Sqlite(SqliteArguments),
}

/// A statement with its parameters, `$1` being the first one bound.
#[must_use = "a query runs when it is executed or fetched"]
pub struct Query<'c> {
    target: Target<'c>,
    sql: SqlStr,
    /// The statement is prepared by name, for its next use.
    prepares: bool,
    bound: Bound,
    failure: Option<sqlx::error::BoxDynError>,
    place: &'static Location<'static>,
}

macro_rules! dispatch {
    ($query:ident, |$sql:ident, $arguments:ident, $executor:ident| $run:expr) => {{
        let place = $query.place;
        let result = match $query.failure {
            Some(failure) => Err(sqlx::Error::Encode(failure)),
            None => {
                let $sql = $query.sql;
                match ($query.target, $query.bound) {
                    // A pooler may give another connection to what comes after the preparation,
                    // unless there is a transaction.
                    (Target::PostgresPool(pool), Bound::Postgres($arguments))
                        if !$query.prepares =>
                    {
                        match pool.begin().await {
                            Ok(mut transaction) => {
                                let $executor = &mut *transaction;
                                match pool.answered(async { $run }).await {
                                    Ok(found) => {
                                        pool.answered(transaction.commit()).await.map(|()| found)
                                    }
                                    Err(error) => Err(error),
                                }
                            }
                            Err(error) => Err(error),
                        }
                    }
                    (Target::PostgresPool(pool), Bound::Postgres($arguments)) => {
                        match pool.acquire().await {
                            Ok(mut connection) => {
                                let $executor = &mut *connection;
                                let result = pool.answered(async { $run }).await;
                                if let Err(error) = &result {
                                    pool.suspect(error);
                                }
                                result
                            }
                            Err(error) => Err(error),
                        }
                    }
                    (Target::PostgresConnection($executor, pool), Bound::Postgres($arguments)) => {
                        pool.answered(async { $run }).await
                    }
                    (Target::SqlitePool($executor), Bound::Sqlite($arguments)) => $run,
                    (Target::SqliteConnection($executor), Bound::Sqlite($arguments)) => $run,
                    _ => Err(sqlx::Error::Protocol(
                        "arguments of one engine for the other".to_owned(),
                    )),
                }
            }
        };
        result.map_err(|source| Error::Query { place, source })
    }};
}

impl<'c> Query<'c> {
    #[track_caller]
    fn new(target: Target<'c>, sql: SqlStr, engine: Engine, prepares: bool) -> Self {
        Self {
            target,
            sql,
            prepares,
            bound: match engine {
                Engine::Postgres => Bound::Postgres(PgArguments::default()),
                Engine::Sqlite => Bound::Sqlite(SqliteArguments::default()),
            },
            failure: None,
            place: Location::caller(),
        }
    }

    pub fn bind<'q>(mut self, value: impl Value<'q>) -> Self {
        let added = match &mut self.bound {
            Bound::Postgres(arguments) => arguments.add(value),
            Bound::Sqlite(arguments) => Arguments::add(arguments, value),
        };
        if let Err(failure) = added {
            self.failure.get_or_insert(failure);
        }
        self
    }

    /// Runs the statement; the number of rows it changed.
    pub async fn execute(self) -> Result<u64, Error> {
        let prepares = self.prepares;
        dispatch!(self, |sql, arguments, executor| sqlx::query_with(
            sql, arguments
        )
        .persistent(prepares)
        .execute(executor)
        .await
        .map(|done| done.rows_affected()))
    }

    pub async fn fetch_all<R: Row>(self) -> Result<Vec<R>, Error> {
        let prepares = self.prepares;
        dispatch!(self, |sql, arguments, executor| sqlx::query_as_with(
            sql, arguments
        )
        .persistent(prepares)
        .fetch_all(executor)
        .await)
    }

    pub async fn fetch_optional<R: Row>(self) -> Result<Option<R>, Error> {
        let prepares = self.prepares;
        dispatch!(self, |sql, arguments, executor| sqlx::query_as_with(
            sql, arguments
        )
        .persistent(prepares)
        .fetch_optional(executor)
        .await)
    }

    /// The one row of a statement that always gives one.
    pub async fn fetch_one<R: Row>(self) -> Result<R, Error> {
        let prepares = self.prepares;
        dispatch!(self, |sql, arguments, executor| sqlx::query_as_with(
            sql, arguments
        )
        .persistent(prepares)
        .fetch_one(executor)
        .await)
    }

    /// The first column of the one row.
    pub async fn fetch_scalar<T>(self) -> Result<T, Error>
    where
        (T,): Row,
    {
        self.fetch_one::<(T,)>().await.map(|(value,)| value)
    }

    /// The first column of every row.
    pub async fn fetch_scalars<T>(self) -> Result<Vec<T>, Error>
    where
        (T,): Row,
    {
        let rows = self.fetch_all::<(T,)>().await?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }
}
