//! `PostgreSQL` connections that are back soon after an outage.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{
    Connection, PgPool, Postgres, Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{ConnectOptions, answer::within};
use crate::error::{Retry, classify};

/// A connection that was idle for longer is tested before its use.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);

/// The pool waits ever longer before it asks a server again that refuses connections: up to a
/// fifth of its time-out. So it gets a short one, and is asked again.
const ATTEMPT: Duration = Duration::from_secs(3);

/// Nobody holds a connection for so long, so the server is away.
const OUTAGE: Duration = Duration::from_secs(5);

/// What waits for nothing is answered sooner, or the way to the server swallows it: a test of an idle
/// connection, which is less than an attempt has.
const PING: Duration = Duration::from_secs(1);
/// So is `BEGIN`.
const AT_ONCE: Duration = Duration::from_secs(5);
/// What a connection has left to do when it is given back. Less than an attempt, so that whoever waits
/// for its place in the pool gets it.
const RELEASE: Duration = Duration::from_secs(2);
/// What is left over after that is given up with the process.
const CLOSE: Duration = Duration::from_secs(5);

/// A small pool, without a round trip to test a connection that was used a moment ago.
#[derive(Clone, Debug)]
pub(crate) struct PostgresPool {
    pool: PgPool,
    patience: Duration,
    prepared_statements: bool,
    /// Set once a statement prepared in SQL was not there any more.
    is_shared: Arc<AtomicBool>,
    answer_timeout: Option<Duration>,
    suspicion: Suspicion,
}

impl PostgresPool {
    pub(crate) fn new(address: &PgConnectOptions, options: &ConnectOptions) -> Self {
        let mut address = address.clone().application_name(&options.application_name);
        if !options.prepared_statements {
            address = address.statement_cache_capacity(0);
        }
        if let Some(schema) = &options.schema {
            address = address.options([("search_path", search_path(schema))]);
        }
        let suspicion = Suspicion::default();
        let suspects = suspicion.clone();
        let released = suspicion.clone();
        let pool = PgPoolOptions::new()
            .min_connections(0)
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout.min(ATTEMPT))
            .idle_timeout(Duration::from_mins(5))
            .test_before_acquire(false)
            .before_acquire(move |connection, metadata| {
                let idle_for = metadata.idle_for;
                let is_doubtful = idle_for > TRUSTED_IDLE || suspects.falls_on(idle_for);
                Box::pin(async move {
                    if is_doubtful {
                        within(Some(PING), connection.ping()).await?;
                    }
                    Ok(true)
                })
            })
            // The driver tests every connection that is given back, but waits for that without a limit.
            .after_release(move |connection, _| {
                let is_doubtful = released.is_fresh();
                Box::pin(async move {
                    if is_doubtful {
                        within(Some(RELEASE), connection.ping()).await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(address);
        Self {
            pool,
            patience: options.acquire_timeout.min(OUTAGE),
            prepared_statements: options.prepared_statements,
            is_shared: Arc::default(),
            answer_timeout: options.answer_timeout,
            suspicion,
        }
    }

    /// A connection; waits for one, or for the server, as long as that is no outage.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let begun = Instant::now();
        loop {
            match self.pool.acquire().await {
                Err(sqlx::Error::PoolTimedOut) if begun.elapsed() < self.patience => {}
                acquired => return acquired,
            }
        }
    }

    /// In a task of its own: a connection whose `BEGIN` nobody waits for any more would go back to the
    /// pool with a transaction that the driver knows nothing of.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let pool = self.clone();
        match tokio::spawn(async move { pool.begin_whole().await }).await {
            Ok(begun) => begun,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The runtime ends.
            Err(_) => Err(sqlx::Error::PoolClosed),
        }
    }

    async fn begin_whole(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        // A server that restarted leaves dead connections in the pool. BEGIN has no effect, so it
        // is safe to send it again over the next one.
        let mut attempts = self.pool.size().saturating_add(1);
        loop {
            let connection = self.acquire().await?;
            match self.begin_on(connection).await {
                Err(error) if attempts > 0 && classify(&error) == Retry::Connection => {
                    self.suspect(&error);
                    attempts -= 1;
                }
                begun => return begun,
            }
        }
    }

    async fn begin_on(
        &self,
        connection: PoolConnection<Postgres>,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.answered_within(Some(AT_ONCE), Transaction::begin(connection, None))
            .await
    }

    /// The answer to one statement.
    pub(crate) async fn answered<T>(
        &self,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        self.answered_within(self.answer_timeout, statement).await
    }

    async fn answered_within<T>(
        &self,
        limit: Option<Duration>,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let mut statement = Box::pin(statement);
        // Dropped before the statement, which may own its connection.
        let unfinished = Unfinished(Some(self.suspicion.clone()));
        let answer = within(limit, statement.as_mut()).await;
        unfinished.done(answer)
    }

    /// A connection turned out to be dead: those that are idle now may be dead as well, and are
    /// tested before they are used.
    pub(crate) fn suspect(&self, error: &sqlx::Error) {
        if classify(error) == Retry::Connection {
            self.suspicion.arise();
        }
    }

    /// Whether statements may be prepared by name, and outside of transactions.
    pub(crate) fn prepares_statements(&self) -> bool {
        self.prepared_statements
    }

    /// Whether the server's session behind a connection stays the same between two transactions. A pooler
    /// may keep what the driver prepares without that: it sees that by the protocol, unlike SQL.
    pub(crate) fn keeps_sessions(&self) -> bool {
        self.prepared_statements && !self.is_shared.load(Ordering::Relaxed)
    }

    /// A pooler gives each transaction another session.
    pub(crate) fn sessions_are_shared(&self) {
        self.is_shared.store(true, Ordering::Relaxed);
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    pub(crate) fn connect_options(&self) -> Arc<PgConnectOptions> {
        self.pool.connect_options()
    }

    /// Waits for the connections that are in use, but not for a server that does not answer.
    pub(crate) async fn close(&self) {
        if tokio::time::timeout(CLOSE, self.pool.close())
            .await
            .is_err()
        {
            tracing::warn!("connections to the metadata database are cut off: it does not answer");
        }
    }
}

/// `schema` before the places that are searched by default: stock's migrations and its web server
/// keep `alembic_version` and `session` there, whatever the schema of the other tables is.
fn search_path(schema: &str) -> String {
    let quoted = schema.replace('"', "\"\"");
    format!("\"{quoted}\",\"$user\",public")
}

/// When a connection was last found dead.
#[derive(Clone, Debug, Default)]
struct Suspicion(Arc<Mutex<Option<Instant>>>);

impl Suspicion {
    fn arise(&self) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Instant::now());
    }

    /// Whether a connection that has been idle for so long was so already then.
    fn falls_on(&self, idle_for: Duration) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() <= idle_for)
    }

    fn is_fresh(&self) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() <= OUTAGE)
    }
}

/// Dropped before the answer is there, it casts suspicion on the connection, which is given back in the
/// middle of a statement. The driver waits without a limit for the end of that, and keeps the place in
/// the pool meanwhile.
#[derive(Debug)]
struct Unfinished(Option<Suspicion>);

impl Unfinished {
    /// `answer`, unless it says that there is none.
    fn done<T>(mut self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if !matches!(&answer, Err(sqlx::Error::Io(_))) {
            self.0 = None;
        }
        answer
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(suspicion) = &self.0 {
            suspicion.arise();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suspicion_falls_on_what_was_idle_when_it_arose() {
        let suspicion = Suspicion::default();
        assert!(!suspicion.falls_on(Duration::from_hours(1)));
        suspicion.arise();
        assert!(suspicion.falls_on(Duration::from_hours(1)));
        assert!(!suspicion.falls_on(Duration::ZERO));
    }
}
