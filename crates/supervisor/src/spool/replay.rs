//! Stores what supervisors of this home spooled and did not live to store.

use std::{collections::HashSet, path::PathBuf, sync::Arc, time::Duration};

use updraft_core::{TaskInstanceKey, UtcDateTime, error_chain, state::TaskInstanceState};
use updraft_metadata_db::{
    Db, Error, Retry,
    supervision::{Finished, TryEnd, finish, is_ended, is_known, limit_locks},
};

use super::{
    folder::{Abandoned, SpooledFile},
    record::SpooledEnd,
};
use crate::{options::SupervisorOptions, process::kill_tagged};

/// An end that was stored after the death of its supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replayed {
    pub(crate) key: TaskInstanceKey,
    pub(crate) try_number: i32,
    pub(crate) state: TaskInstanceState,
}

/// Stores every end that a dead supervisor left, under the guards that it would have stored it with:
/// one that is no longer its task instance's is dropped. To be done before the tries of dead
/// supervisors are looked for, which would take a finished one for lost. The leases of which all ends
/// were dealt with; one that the database does not take now stays for the next time.
pub(crate) async fn replay(
    db: &Db,
    own_lease: &str,
    options: &SupervisorOptions,
    mut stored: impl FnMut(Replayed),
) -> HashSet<String> {
    let (runtime_dir, own_lease) = (options.runtime_dir.clone(), own_lease.to_owned());
    let found = match blocking(move || Abandoned::find(&runtime_dir, &own_lease)).await {
        Some(Ok(found)) => found,
        Some(Err(error)) => {
            tracing::error!(%error, "cannot look for spooled ends of tries");
            return HashSet::new();
        }
        None => return HashSet::new(),
    };
    let mut done = HashSet::new();
    for abandoned in found {
        let abandoned = Arc::new(abandoned);
        if replay_folder(db, &abandoned, options, &mut stored).await {
            done.insert(abandoned.lease_id().to_owned());
        }
        if let Some(abandoned) = Arc::into_inner(abandoned) {
            blocking(move || abandoned.close()).await;
        }
    }
    done
}

/// Whether every end was dealt with.
async fn replay_folder(
    db: &Db,
    abandoned: &Arc<Abandoned>,
    options: &SupervisorOptions,
    stored: &mut impl FnMut(Replayed),
) -> bool {
    let (ends, mut is_done) = read(abandoned).await;
    for (path, end) in ends {
        let now = (options.clock)();
        match store(db, &end, options.limits.recovery_patience, now).await {
            Ok(Stored::Written(state)) => stored(Replayed {
                key: end.key,
                try_number: end.try_number,
                state,
            }),
            Ok(Stored::Overruled) => {}
            Ok(Stored::Refused) => {
                let reason = "the database does not take it: its try counts as lost";
                is_done &= set_aside(abandoned, path, reason).await;
                continue;
            }
            Ok(Stored::Unknown) => {
                let reason = "it is of a try that this database does not know";
                is_done &= set_aside(abandoned, path, reason).await;
                continue;
            }
            Err(error) => {
                tracing::warn!(
                    task = %end.key,
                    try_number = end.try_number,
                    error = error_chain(&error),
                    "cannot store the spooled end of a try now"
                );
                is_done = false;
                // Of the others none would do better.
                if error.retry() == Retry::Connection {
                    break;
                }
                continue;
            }
        }
        blocking(move || Abandoned::remove(&path)).await;
    }
    is_done
}

/// What can be read, and whether that is all; nothing of these tries lives on.
async fn read(abandoned: &Arc<Abandoned>) -> (Vec<(PathBuf, SpooledEnd)>, bool) {
    let folder = Arc::clone(abandoned);
    let files = match blocking(move || folder.files()).await {
        Some(Ok(files)) => files,
        Some(Err(error)) => {
            let lease = abandoned.lease_id();
            tracing::error!(%error, lease, "cannot read the spooled ends of a supervisor");
            return (Vec::new(), false);
        }
        None => return (Vec::new(), false),
    };
    let mut ends = Vec::new();
    let mut is_all = true;
    for SpooledFile { path, bytes } in files {
        match bytes {
            Ok(bytes) => match SpooledEnd::decode(&bytes) {
                Ok(end) => ends.push((path, end)),
                Err(error) => {
                    let reason = format!("{}: its try counts as lost", error_chain(&error));
                    is_all &= set_aside(abandoned, path, &reason).await;
                }
            },
            Err(error) => {
                tracing::error!(path = %path.display(), %error, "cannot read the spooled end of a try");
                is_all = false;
            }
        }
    }
    let tags: HashSet<_> = ends.iter().map(|(_, end)| end.tag.clone()).collect();
    if !tags.is_empty() {
        blocking(move || kill_tagged(&tags)).await;
    }
    (ends, is_all)
}

/// Whether it is out of the way.
async fn set_aside(abandoned: &Arc<Abandoned>, path: PathBuf, reason: &str) -> bool {
    let folder = Arc::clone(abandoned);
    let from = path.clone();
    let moved = blocking(move || folder.set_aside(&from)).await;
    match &moved {
        Some(Ok(to)) => tracing::error!(
            path = %to.display(),
            reason,
            "set aside the spooled end of a try"
        ),
        Some(Err(error)) => tracing::error!(
            path = %path.display(),
            reason,
            %error,
            "cannot use the spooled end of a try, nor set it aside"
        ),
        None => {}
    }
    matches!(moved, Some(Ok(_)))
}

enum Stored {
    Written(TaskInstanceState),
    /// It was stored before, or somebody else has decided about the task instance.
    Overruled,
    /// The database takes neither the end nor a failure in its place.
    Refused,
    /// Its try is not of this database. Rows with the same ids may be, and are none of its business.
    Unknown,
}

async fn store(
    db: &Db,
    spooled: &SpooledEnd,
    patience: Duration,
    now: UtcDateTime,
) -> Result<Stored, Error> {
    let end = spooled.end(now);
    let without_fields = TryEnd {
        rendered_fields: None,
        ..end.clone()
    };
    // As for a live supervisor: what the database does not take costs the task its success, but it
    // does not run again as lost.
    for attempt in [end, without_fields, spooled.end_instead(now)] {
        match write(db, &attempt, patience).await {
            Ok(Written::Now(Finished::Written(state))) => {
                tracing::info!(
                    task = %spooled.key,
                    try_number = spooled.try_number,
                    %state,
                    "stored the end of a try that a supervisor spooled before it died"
                );
                return Ok(Stored::Written(state));
            }
            Ok(Written::Now(Finished::Overruled)) => {
                tracing::warn!(
                    task = %spooled.key,
                    try_number = spooled.try_number,
                    "dropped the spooled end of a try: its task instance is no longer this try's"
                );
                return Ok(Stored::Overruled);
            }
            Ok(Written::Unknown) => return Ok(Stored::Unknown),
            Ok(Written::Before) => {
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

enum Written {
    Now(Finished),
    Before,
    Unknown,
}

async fn write(db: &Db, end: &TryEnd<'_>, patience: Duration) -> Result<Written, Error> {
    db.transaction_retry()
        .run(|| async {
            let mut tx = db.begin().await?;
            limit_locks(&mut tx, patience).await?;
            if !is_known(&mut tx, end.tag).await? {
                return Ok(Written::Unknown);
            }
            if is_ended(&mut tx, end.tag).await?.is_some() {
                return Ok(Written::Before);
            }
            let finished = finish(&mut tx, end).await?;
            tx.commit().await?;
            Ok(Written::Now(finished))
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
