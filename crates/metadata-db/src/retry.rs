//! Running a whole transaction again when the database broke it off because of others.

use std::time::Duration;

use crate::error::{Error, Retry};

/// How often and with what pauses a transaction is run.
#[derive(Clone, Copy, Debug)]
pub struct TransactionRetry {
    pub attempts: u32,
    pub first_pause: Duration,
    pub longest_pause: Duration,
}

impl Default for TransactionRetry {
    /// As many attempts as Airflow's default of `[database] max_db_retries`, with pauses that fit
    /// locks held for milliseconds. [`crate::Db::transaction_retry`] has the configured number.
    fn default() -> Self {
        Self {
            attempts: 3,
            first_pause: Duration::from_millis(20),
            longest_pause: Duration::from_secs(1),
        }
    }
}

/// An error that may wrap one of the database's.
pub trait DatabaseFailure {
    fn retry(&self) -> Retry;
}

impl DatabaseFailure for Error {
    fn retry(&self) -> Retry {
        Error::retry(self)
    }
}

impl TransactionRetry {
    /// Runs `transaction`, which begins, acts and commits, until it succeeds or fails for another
    /// reason than a deadlock, a serialization failure or a busy database. A lost connection is
    /// not retried: whether its commit was applied is unknown, and only the caller can look.
    ///
    /// ```no_run
    /// # async fn example(db: &updraft_metadata_db::Db) -> Result<(), updraft_metadata_db::Error> {
    /// use updraft_metadata_db::dag;
    ///
    /// db.transaction_retry()
    ///     .run(|| async {
    ///         let mut tx = db.begin().await?;
    ///         dag::set_paused(&mut tx, &"etl".into(), true).await?;
    ///         tx.commit().await
    ///     })
    ///     .await
    /// # }
    /// ```
    pub async fn run<T, E, F>(self, mut transaction: impl FnMut() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: DatabaseFailure,
    {
        let mut pause = self.first_pause;
        let mut attempt = 1;
        loop {
            match transaction().await {
                Err(error) if attempt < self.attempts && error.retry() == Retry::Transaction => {
                    tracing::debug!(
                        attempt,
                        "the database broke a transaction off; running it again"
                    );
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(self.longest_pause);
                    attempt += 1;
                }
                result => return result,
            }
        }
    }
}
