//! Tells of tries that died with their supervisor: in their logs, by events, and through the
//! task's own callbacks.

use std::sync::Arc;

use updraft_core::state::TaskInstanceState;
use updraft_metadata_db::{
    Error, Tx,
    supervision::{Callback, CallbackKind, LostTry, dag_file, load_try},
};

use crate::{event::Event, lease::Recovered, shared::Shared};

/// Their rows are written already; what is done here is for people.
pub(crate) async fn report(shared: &Arc<Shared>, recovered: Vec<Recovered>) {
    for Recovered { lost, state } in recovered {
        write_log(shared, &lost, state).await;
        shared.tell(Event::TaskLost {
            key: lost.key,
            try_number: lost.try_number,
            state,
        });
    }
    shared.callbacks_wait.notify_one();
}

/// What a lost try owes its DAG, if its task instance has come to `state`. To be stored in the
/// transaction that ends the try.
pub(crate) async fn callback(
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
    let next = match state {
        TaskInstanceState::Scheduled => "It is run again as the next try",
        TaskInstanceState::UpForRetry => "It is retried after its retry delay",
        _ => "It has failed",
    };
    format!(
        "This try was lost: the Updraft process that supervised it ended, and with it the task. \
         {next}."
    )
}

async fn write_log(shared: &Shared, lost: &LostTry, state: TaskInstanceState) {
    let Some(db) = &shared.options.db else {
        return;
    };
    match load_try(db, &lost.key, lost.try_number).await {
        Ok(Some(claimed)) => match shared.logs.open(&claimed) {
            Ok(log) => log.error(&reason(state)),
            Err(error) => tracing::warn!(%error, "cannot open the log of a lost try"),
        },
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "cannot load a lost try"),
    }
}
