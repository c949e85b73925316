//! Writing through outages of the database.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use updraft_metadata_db::{Error, Retry};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Runs `transaction`, which must be safe to run twice, until it succeeds or fails for a reason
/// that time does not heal.
pub(crate) async fn keep_trying<T, F>(
    what: &'static str,
    transaction: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    run(what, None, transaction).await
}

/// As [`keep_trying`], for at most `patience`.
pub(crate) async fn persist<T, F>(
    what: &'static str,
    patience: Duration,
    transaction: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    run(what, Some(Instant::now() + patience), transaction).await
}

/// What `work` gives, unless everything is to end at once and `grace` has passed since.
pub(crate) async fn unless_killed<T>(
    kill: &CancellationToken,
    grace: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let enough = async {
        kill.cancelled().await;
        sleep(grace).await;
    };
    tokio::select! {
        done = work => Some(done),
        () = enough => None,
    }
}

async fn run<T, F>(
    what: &'static str,
    until: Option<Instant>,
    mut transaction: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match transaction().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let over = until.is_some_and(|until| Instant::now() + pause > until);
        if error.retry() == Retry::Never || over {
            return Err(error);
        }
        tracing::warn!(%error, what, "the metadata database does not take a write; trying again");
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
