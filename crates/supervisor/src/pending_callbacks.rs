//! Runs callbacks that wait in the database: of tries that died with their supervisor, of tries that
//! a scheduler gave up, and those that an earlier attempt could not run to their end.

use std::sync::Arc;

use jiff::SignedDuration;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use updraft_core::error_chain;
use updraft_metadata_db::{
    Db, Error,
    supervision::{
        Callback, CallbackTerms, Claimed, adopt_callbacks, callbacks_wait, delete_callback,
        give_up_callbacks, load_try, return_callback,
    },
};

use crate::{
    callback::{self, CallbackError},
    event::Event,
    shared::Shared,
    task::{persist, unless_killed},
    task_log::TaskLog,
};

/// Each is a process that imports a DAG file; tasks come first.
const AT_ONCE: i64 = 4;
/// Callbacks whose process dies each time, or takes the supervisor with it, would otherwise be begun
/// for ever.
const MOST_ATTEMPTS: i32 = 5;
/// Nobody wants to hear later than that: no process could be had, or no database, all the time.
const OLDEST: SignedDuration = SignedDuration::from_hours(24);

/// Looks when told, and every so often, until `stop`. Nobody waits for what is done here, but a
/// supervisor that drains for what has been begun.
pub(crate) async fn run(shared: Arc<Shared>, db: Db, work: TaskTracker, stop: CancellationToken) {
    let mut looks = interval(shared.options.limits.lease_check);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            () = shared.callbacks_wait.notified() => {}
            () = stop.cancelled() => return,
        }
        if work.is_closed() {
            continue;
        }
        let _awaited = work.token();
        if let Err(error) = run_all(&shared, &db).await {
            tracing::warn!(%error, "cannot look for callbacks that wait");
        }
    }
}

async fn run_all(shared: &Arc<Shared>, db: &Db) -> Result<(), Error> {
    while callbacks_wait(db).await? && !shared.kill.is_cancelled() {
        let terms = terms(shared);
        let mut tx = db.begin().await?;
        let given_up = give_up_callbacks(&mut tx, &terms).await?;
        let adopted = adopt_callbacks(&mut tx, &shared.lease.id, &terms, AT_ONCE).await?;
        tx.commit().await?;
        for callback in given_up {
            give_up(shared, db, callback).await;
        }
        if adopted.is_empty() {
            break;
        }
        let mut running = JoinSet::new();
        for callback in adopted {
            let (shared, db) = (Arc::clone(shared), db.clone());
            running.spawn(async move { run_adopted(&shared, &db, &callback).await });
        }
        running.join_all().await;
    }
    Ok(())
}

fn terms(shared: &Shared) -> CallbackTerms {
    let now = shared.now();
    CallbackTerms {
        silent_since: shared
            .reach
            .silent_since(now, shared.options.limits.lease_silence),
        most_attempts: MOST_ATTEMPTS,
        oldest: now.saturating_sub(OLDEST),
        now,
    }
}

async fn run_adopted(shared: &Arc<Shared>, db: &Db, callback: &Callback) {
    match load(shared, db, callback).await {
        Ok((claimed, log)) => run_owned(shared, db, callback, &claimed, &log).await,
        Err(error) => conclude(shared, db, callback, &Err(error)).await,
    }
}

/// The try as its callbacks see it, and its log.
async fn load(
    shared: &Shared,
    db: &Db,
    callback: &Callback,
) -> Result<(Claimed, TaskLog), CallbackError> {
    let mut claimed = load_try(db, &callback.key, callback.try_number)
        .await
        .map_err(CallbackError::Load)?
        .ok_or(CallbackError::NotFound)?;
    // The task instance may have gone on, and the history calls every try failed.
    let state = callback.kind.state();
    claimed.task_instance.state = state.as_db().map(str::to_owned);
    let log = shared
        .logs
        .open(&claimed)
        .unwrap_or_else(|_| shared.logs.standard_error());
    Ok((claimed, log))
}

/// Runs callbacks that are stored under our name.
pub(crate) async fn run_owned(
    shared: &Arc<Shared>,
    db: &Db,
    callback: &Callback,
    claimed: &Claimed,
    log: &TaskLog,
) {
    let result = callback::run(shared, callback, claimed, log).await;
    if let Err(error) = &result {
        let error = error_chain(error);
        log.error(&format!("The task's callbacks could not be run: {error}"));
    }
    conclude(shared, db, callback, &result).await;
}

async fn conclude(
    shared: &Shared,
    db: &Db,
    callback: &Callback,
    result: &Result<(), CallbackError>,
) {
    let error = result.as_ref().err().map(|error| error_chain(error));
    if let Some(error) = &error {
        tracing::warn!(
            task = %callback.key,
            try_number = callback.try_number,
            error,
            "cannot run the callbacks of a task"
        );
    }
    if let Err(error) = settle(shared, db, callback, result).await {
        tracing::error!(task = %callback.key, %error, "cannot store that callbacks were run");
    }
    shared.tell(Event::CallbackFinished {
        key: callback.key.clone(),
        try_number: callback.try_number,
        error,
    });
}

async fn settle(
    shared: &Shared,
    db: &Db,
    callback: &Callback,
    result: &Result<(), CallbackError>,
) -> Result<(), Error> {
    let again = match result {
        Err(error) => error.again(),
        Ok(()) => None,
    };
    let pause = SignedDuration::try_from(shared.options.limits.callback_retry);
    let due_at = shared
        .now()
        .saturating_add(pause.unwrap_or(SignedDuration::MAX));
    let patience = shared.options.limits.request_patience;
    let settled = persist("the end of callbacks", patience, || async {
        let mut tx = db.begin().await?;
        match again {
            None => delete_callback(&mut tx, &callback.id).await?,
            Some(counts) => {
                let owner = &shared.lease.id;
                return_callback(&mut tx, &callback.id, owner, counts, due_at).await?;
            }
        }
        tx.commit().await
    });
    // They are taken over, as after our death.
    let (kill, grace) = (&shared.kill, shared.options.limits.last_write);
    unless_killed(kill, grace, settled).await.unwrap_or(Ok(()))
}

async fn give_up(shared: &Shared, db: &Db, callback: Callback) {
    tracing::error!(
        task = %callback.key,
        try_number = callback.try_number,
        kind = callback.kind.name(),
        "gave up the callbacks of a task: no attempt to run them came to its end"
    );
    if let Ok((_, log)) = load(shared, db, &callback).await {
        log.error(
            "The task's callbacks are given up: no attempt to run them came to its end. Some of \
             them may have run.",
        );
    }
}
