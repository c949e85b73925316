//! Callbacks of a task whose own process cannot run them any more.

use std::{os::fd::AsFd as _, sync::Arc};

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use updraft_core::{MapIndex, TaskInstanceKey};
use updraft_metadata_db::supervision::{Claimed, TryKey, XComValue, load_try, set_xcom_of_ended};

use crate::{
    command::{CallbackKind, CallbackRequest},
    event::Event,
    output::capture_into_log,
    process::{Child, ForkError, ForkSpec, Role, kill_group},
    protocol::{ChildMessage, FrameError},
    shared::Shared,
    task::{DagFile, run_task_message},
    task_log::TaskLog,
};

#[derive(Debug, thiserror::Error)]
pub(crate) enum CallbackError {
    #[error("no process for the callbacks")]
    Fork(#[from] ForkError),
    #[error("the process of the callbacks does not listen")]
    Send(#[from] FrameError),
    #[error("the callbacks took longer than {0} s and were killed")]
    TimedOut(u64),
    #[error("the process of the callbacks ended with {0}")]
    Died(String),
    #[error("{0}")]
    Failed(String),
    #[error("there is no metadata database")]
    NoDatabase,
    #[error("cannot load the task instance")]
    Load(#[source] updraft_metadata_db::Error),
    #[error("there is no such task instance")]
    NotFound,
}

pub(crate) struct Order<'a> {
    pub(crate) key: &'a TaskInstanceKey,
    pub(crate) path: &'a str,
    pub(crate) dags_folder: &'a str,
    pub(crate) run_as_user: Option<String>,
    pub(crate) kind: CallbackKind,
    pub(crate) reason: &'a str,
}

/// Runs what somebody else asked for, and tells when it is done.
pub(crate) async fn answer(shared: Arc<Shared>, request: CallbackRequest) {
    let error = match run_request(&shared, &request).await {
        Ok(()) => None,
        Err(error) => {
            tracing::warn!(task = %request.key, %error, "cannot run the callbacks of a task");
            Some(error.to_string())
        }
    };
    shared.tell(Event::CallbackFinished {
        id: request.id,
        error,
    });
}

async fn run_request(shared: &Arc<Shared>, request: &CallbackRequest) -> Result<(), CallbackError> {
    let db = shared
        .options
        .db
        .as_ref()
        .ok_or(CallbackError::NoDatabase)?;
    let claimed = load_try(db, &request.key)
        .await
        .map_err(CallbackError::Load)?
        .ok_or(CallbackError::NotFound)?;
    let log = shared
        .logs
        .open(&claimed)
        .unwrap_or_else(|_| shared.logs.standard_error());
    let order = Order {
        key: &request.key,
        path: &request.path,
        dags_folder: &request.dags_folder,
        run_as_user: request.run_as_user.clone(),
        kind: request.kind,
        reason: &request.reason,
    };
    run(shared, &order, &claimed, &log).await
}

pub(crate) async fn run(
    shared: &Arc<Shared>,
    order: &Order<'_>,
    claimed: &Claimed,
    log: &TaskLog,
) -> Result<(), CallbackError> {
    let spec = ForkSpec {
        role: Role::Callback,
        run_as_user: order.run_as_user.clone(),
        dag_file: Some((order.path.to_owned(), order.dags_folder.to_owned())),
    };
    let mut child = shared.nursery.fork(spec).await?;
    let file = DagFile {
        path: order.path,
        dags_folder: order.dags_folder,
    };
    let mut message = run_task_message("run_callback", order.key, claimed, &file, false, child.pid);
    message["kind"] = serde_json::json!(order.kind);
    message["reason"] = order.reason.into();
    let conf = claimed.dag_run.conf.as_deref().unwrap_or_default();
    let descriptor = log.file.as_ref().map(|file| file.as_fd());
    child.channel.send_with(&message, conf, descriptor).await?;

    let stop = CancellationToken::new();
    let output = child.output.take();
    let capture =
        output.map(|output| tokio::spawn(capture_into_log(output, log.clone(), stop.clone())));
    let limit = shared.options.limits.callback_timeout;
    let result = tokio::select! {
        result = timeout(limit, converse(shared, &mut child, order.key, claimed)) => result.unwrap_or_else(|_| {
            Err(CallbackError::TimedOut(limit.as_secs()))
        }),
        () = shared.kill.cancelled() => Err(CallbackError::Died("the supervisor's stop".to_owned())),
    };
    if result.is_err() {
        kill_group(child.pid);
    }
    stop.cancel();
    if let Some(capture) = capture {
        let _ = capture.await;
    }
    result
}

/// Until the child is done. Other tasks are not its business any more: the try has ended.
async fn converse(
    shared: &Shared,
    child: &mut Child,
    key: &TaskInstanceKey,
    claimed: &Claimed,
) -> Result<(), CallbackError> {
    let by = TryKey {
        key,
        try_number: claimed.task_instance.try_number.unwrap_or_default(),
        job_id: claimed.job_id,
    };
    let mut done = None;
    while let Some(Ok(frame)) = child.channel.receive().await {
        let (id, refusal) = match serde_json::from_slice(&frame.envelope) {
            Ok(ChildMessage::CallbackDone { error }) => {
                done = Some(error);
                break;
            }
            Ok(ChildMessage::XcomSet {
                id,
                key,
                dag_id,
                task_id,
                run_id,
                map_index,
            }) => {
                let of = TaskInstanceKey {
                    dag_id: dag_id.into(),
                    run_id: run_id.into(),
                    task_id: task_id.into(),
                    map_index: MapIndex(map_index),
                };
                let xcom = XComValue {
                    key: &key,
                    value: &frame.blob,
                };
                (id, push(shared, by, &of, xcom).await.err())
            }
            Ok(ChildMessage::SkipTasks { id, .. }) => (id, Some("the try has ended".to_owned())),
            _ => continue,
        };
        let reply = serde_json::json!({
            "type": "reply",
            "id": id,
            "ok": refusal.is_none(),
            "error": refusal,
        });
        child.channel.send(&reply, &[]).await?;
    }
    match done {
        Some(None) => Ok(()),
        Some(Some(error)) => Err(CallbackError::Failed(error)),
        None => {
            let exit = (&mut child.exited).await.unwrap_or_default();
            Err(CallbackError::Died(exit.to_string()))
        }
    }
}

/// Stores an XCom, or says why not.
async fn push(
    shared: &Shared,
    by: TryKey<'_>,
    of: &TaskInstanceKey,
    xcom: XComValue<'_>,
) -> Result<(), String> {
    let Some(db) = &shared.options.db else {
        return Err(CallbackError::NoDatabase.to_string());
    };
    let stored = async {
        let mut tx = db.begin().await?;
        let stored = set_xcom_of_ended(&mut tx, by, of, xcom, shared.now()).await?;
        tx.commit().await?;
        Ok::<_, updraft_metadata_db::Error>(stored)
    };
    match stored.await {
        Ok(true) => Ok(()),
        Ok(false) => Err("the task instance is on its next try".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
