//! Tries that died with their supervisor, or that it had to give up: their ends, and who is told.

use std::sync::Arc;

use updraft_core::{TaskInstanceKey, state::TaskInstanceState};
use updraft_metadata_db::{
    Db, Error, Tx,
    supervision::{
        Callback, CallbackKind, LostTry, dag_file, end_lost_try, limit_locks, load_try,
        store_callback,
    },
};

use crate::{
    event::Event, options::SupervisorOptions, shared::Shared, spool::Replayed, task_log::TaskLog,
};

/// A try of a dead supervisor that has an end now.
pub(crate) enum Recovered {
    Lost {
        lost: LostTry,
        /// That its task instance has now.
        state: TaskInstanceState,
    },
    Replayed(Replayed),
}

/// Ends a lost try, of which no process is left, with what it owes its DAG: whoever lives runs that
/// afterwards. `None`: its task instance is no longer this try's.
pub(crate) async fn end(
    db: &Db,
    lost: &LostTry,
    options: &SupervisorOptions,
) -> Result<Option<TaskInstanceState>, Error> {
    let now = (options.clock)();
    let mut tx = db.begin().await?;
    limit_locks(&mut tx, options.limits.recovery_patience).await?;
    let state = end_lost_try(&mut tx, lost, options.on_worker_loss, now).await?;
    if let Some(state) = state
        && let Some(callback) = callback(&mut tx, lost, state).await?
    {
        store_callback(&mut tx, &callback, None, now).await?;
    }
    tx.commit().await?;
    Ok(state)
}

/// Their rows are written already; what is done here is for people.
pub(crate) async fn report(shared: &Arc<Shared>, recovered: Vec<Recovered>) {
    for recovered in recovered {
        match recovered {
            Recovered::Lost { lost, state } => {
                let reason = reason(state);
                write_log(shared, &lost.key, lost.try_number, |log| log.error(&reason)).await;
                shared.tell(Event::TaskLost {
                    key: lost.key,
                    try_number: lost.try_number,
                    state,
                });
            }
            Recovered::Replayed(Replayed {
                key,
                try_number,
                state,
            }) => {
                write_log(shared, &key, try_number, |log| {
                    log.info(
                        "The supervisor of this try ended before the metadata database took its \
                         end, which is stored now",
                    );
                })
                .await;
                shared.tell(Event::TaskReplayed {
                    key,
                    try_number,
                    state,
                });
            }
        }
    }
    shared.callbacks_wait.notify_one();
}

/// What a lost try owes its DAG, if its task instance has come to `state`. To be stored in the
/// transaction that ends the try.
async fn callback(
    tx: &mut Tx,
    lost: &LostTry,
    state: TaskInstanceState,
) -> Result<Option<Callback>, Error> {
    let Some(kind) = CallbackKind::after(state) else {
        return Ok(None);
    };
    let Some((path, dags_folder)) = dag_file(tx, &lost.key.dag_id).await? else {
        tracing::warn!(task = %lost.key, "the DAG file of a lost try is not known: no callbacks");
        return Ok(None);
    };
    Ok(Some(Callback {
        id: lost.id(),
        key: lost.key.clone(),
        try_number: lost.try_number,
        kind,
        reason: reason(state),
        path,
        dags_folder,
        run_as_user: lost.run_as_user.clone(),
    }))
}

fn reason(state: TaskInstanceState) -> String {
    let next = next(state);
    format!(
        "This try was lost: the Updraft process that supervised it ended, and with it the task. \
         {next}."
    )
}

/// What becomes of the task instance of a lost try.
pub(crate) fn next(state: TaskInstanceState) -> &'static str {
    match state {
        TaskInstanceState::Scheduled => "It is run again as the next try",
        TaskInstanceState::UpForRetry => "It is retried after its retry delay",
        _ => "It has failed",
    }
}

async fn write_log(
    shared: &Shared,
    key: &TaskInstanceKey,
    try_number: i32,
    write: impl FnOnce(&TaskLog),
) {
    let Some(db) = &shared.options.db else {
        return;
    };
    match load_try(db, key, try_number).await {
        Ok(Some(claimed)) => match shared.logs.open(&claimed) {
            Ok(log) => write(&log),
            Err(error) => tracing::warn!(%error, "cannot open the log of a try that is over"),
        },
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "cannot load a try that is over"),
    }
}
