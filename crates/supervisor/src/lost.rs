//! Tells of tries that died with their supervisor: in their logs, by events, and through the
//! task's own callbacks.

use std::sync::Arc;

use tokio_util::task::TaskTracker;
use updraft_core::state::TaskInstanceState;
use updraft_metadata_db::supervision::{LostTry, dag_file, load_try};

use crate::{
    callback,
    command::{CallbackKind, CallbackRequest},
    event::Event,
    lease::Recovered,
    shared::Shared,
};

/// Their rows are written already; what is done here is for people.
pub(crate) async fn report(shared: &Arc<Shared>, work: &TaskTracker, recovered: Vec<Recovered>) {
    for Recovered { lost, state } in recovered {
        write_log(shared, &lost, state).await;
        shared.tell(Event::TaskLost {
            key: lost.key.clone(),
            try_number: lost.try_number,
            state,
        });
        let kind = match state {
            TaskInstanceState::Failed => CallbackKind::OnFailure,
            TaskInstanceState::UpForRetry => CallbackKind::OnRetry,
            // It runs again at once, which is nobody's failure.
            _ => continue,
        };
        if let Some(request) = callback_request(shared, lost, kind).await {
            work.spawn(callback::answer(Arc::clone(shared), request));
        }
    }
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
    match load_try(db, &lost.key).await {
        Ok(Some(mut claimed)) => {
            // The row may be on its next try already.
            claimed.task_instance.try_number = Some(lost.try_number);
            match shared.logs.open(&claimed) {
                Ok(log) => log.error(&reason(state)),
                Err(error) => tracing::warn!(%error, "cannot open the log of a lost try"),
            }
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "cannot load a lost try"),
    }
}

async fn callback_request(
    shared: &Shared,
    lost: LostTry,
    kind: CallbackKind,
) -> Option<CallbackRequest> {
    let db = shared.options.db.as_ref()?;
    match dag_file(db, &lost.key.dag_id).await {
        Ok(Some((path, dags_folder))) => Some(CallbackRequest {
            id: 0,
            key: lost.key,
            try_number: lost.try_number,
            kind,
            reason: reason(match kind {
                CallbackKind::OnFailure => TaskInstanceState::Failed,
                CallbackKind::OnRetry => TaskInstanceState::UpForRetry,
            }),
            path,
            dags_folder,
            run_as_user: None,
        }),
        Ok(None) => None,
        Err(error) => {
            tracing::warn!(%error, "cannot find the DAG file of a lost try");
            None
        }
    }
}
