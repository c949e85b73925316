//! Stores what supervisors of this home spooled and did not live to store.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use updraft_core::{
    TaskInstanceKey, UtcDateTime, error_chain, state::TaskInstanceState, time::Clock,
};
use updraft_metadata_db::{
    Db, Error, Retry,
    supervision::{Finished, TryEnd, finish, is_ended},
};

use super::{
    folder::{Abandoned, SpooledFile},
    record::SpooledEnd,
};
use crate::process::kill_tagged;

/// An end that was stored after the death of its supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replayed {
    pub(crate) key: TaskInstanceKey,
    pub(crate) try_number: i32,
    pub(crate) state: TaskInstanceState,
}

/// Stores every end that a dead supervisor left, under the guards that it would have stored it with:
/// one that is no longer its task instance's is dropped. To be done before the tries of dead
/// supervisors are looked for, which would take a finished one for lost.
pub(crate) async fn replay(
    db: &Db,
    runtime_dir: &Path,
    own_lease: &str,
    clock: &Clock,
) -> Result<Vec<Replayed>, Error> {
    let (runtime_dir, own_lease) = (runtime_dir.to_owned(), own_lease.to_owned());
    let found = blocking(move || Abandoned::find(&runtime_dir, &own_lease)).await;
    let mut replayed = Vec::new();
    for abandoned in found.unwrap_or_default() {
        let abandoned = Arc::new(abandoned);
        for (path, end) in read(&abandoned).await {
            match store(db, &end, clock()).await? {
                Stored::Written(state) => replayed.push(Replayed {
                    key: end.key,
                    try_number: end.try_number,
                    state,
                }),
                Stored::Overruled => {}
                Stored::Refused => {
                    set_aside(&abandoned, path, "the database does not take it").await;
                    continue;
                }
            }
            blocking(move || Abandoned::remove(&path)).await;
        }
        if let Some(abandoned) = Arc::into_inner(abandoned) {
            blocking(move || abandoned.close()).await;
        }
    }
    Ok(replayed)
}

/// What can be read; nothing of these tries lives on.
async fn read(abandoned: &Arc<Abandoned>) -> Vec<(PathBuf, SpooledEnd)> {
    let folder = Arc::clone(abandoned);
    let files = blocking(move || folder.files()).await.unwrap_or_default();
    let mut ends = Vec::new();
    for SpooledFile { path, bytes } in files {
        match bytes {
            Ok(bytes) => match SpooledEnd::decode(&bytes) {
                Ok(end) => ends.push((path, end)),
                Err(error) => set_aside(abandoned, path, &error_chain(&error)).await,
            },
            Err(error) => {
                tracing::error!(path = %path.display(), %error, "cannot read the spooled end of a try");
            }
        }
    }
    let tags: HashSet<_> = ends.iter().map(|(_, end)| end.tag.clone()).collect();
    if !tags.is_empty() {
        blocking(move || kill_tagged(&tags)).await;
    }
    ends
}

async fn set_aside(abandoned: &Arc<Abandoned>, path: PathBuf, reason: &str) {
    let folder = Arc::clone(abandoned);
    let from = path.clone();
    match blocking(move || folder.set_aside(&from)).await {
        Some(Ok(to)) => tracing::error!(
            path = %to.display(),
            reason,
            "set aside the spooled end of a try: its try counts as lost"
        ),
        Some(Err(error)) => tracing::error!(
            path = %path.display(),
            reason,
            %error,
            "cannot use the spooled end of a try, nor set it aside"
        ),
        None => {}
    }
}

enum Stored {
    Written(TaskInstanceState),
    /// It was stored before, or somebody else has decided about the task instance.
    Overruled,
    /// The database takes neither the end nor a failure in its place.
    Refused,
}

async fn store(db: &Db, spooled: &SpooledEnd, now: UtcDateTime) -> Result<Stored, Error> {
    let end = spooled.end(now);
    let without_fields = TryEnd {
        rendered_fields: None,
        ..end.clone()
    };
    // As for a live supervisor: what the database does not take costs the task its success, but it
    // does not run again as lost.
    for attempt in [end, without_fields, spooled.end_instead(now)] {
        match write(db, &attempt).await {
            Ok(Some(Finished::Written(state))) => {
                tracing::info!(
                    task = %spooled.key,
                    try_number = spooled.try_number,
                    %state,
                    "stored the end of a try that a supervisor spooled before it died"
                );
                return Ok(Stored::Written(state));
            }
            Ok(Some(Finished::Overruled)) => {
                tracing::warn!(
                    task = %spooled.key,
                    try_number = spooled.try_number,
                    "dropped the spooled end of a try: its task instance is no longer this try's"
                );
                return Ok(Stored::Overruled);
            }
            Ok(None) => {
                tracing::debug!(task = %spooled.key, "the spooled end of a try is stored already");
                return Ok(Stored::Overruled);
            }
            Err(error) if error.retry() == Retry::Never => {
                tracing::error!(
                    task = %spooled.key,
                    error = error_chain(&error),
                    "the database refuses a spooled end of a try"
                );
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Stored::Refused)
}

/// `None`: there is nothing left to write, the try has an end.
async fn write(db: &Db, end: &TryEnd<'_>) -> Result<Option<Finished>, Error> {
    db.transaction_retry()
        .run(|| async {
            let mut tx = db.begin().await?;
            if is_ended(&mut tx, end.tag).await?.is_some() {
                return Ok(None);
            }
            let finished = finish(&mut tx, end).await?;
            tx.commit().await?;
            Ok(Some(finished))
        })
        .await
}

/// `None`: it panicked, which is a bug, and has been told of.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work)
        .await
        .inspect_err(|error| tracing::error!(%error, "cannot work on the spool"))
        .ok()
}
