//! Callbacks of a task whose own process cannot run them any more.

use std::{os::fd::AsFd as _, sync::Arc};

use tokio::time::timeout;
use updraft_core::{MapIndex, TaskInstanceKey, error_chain};
use updraft_metadata_db::supervision::{Callback, Claimed, TryKey, XComValue, set_xcom_of_ended};

use crate::{
    output::Capture,
    process::{Child, ForkError, ForkSpec, Role, kill_group},
    protocol::{ChildMessage, Frame, FrameError},
    questions::{Answer, Asked, Sources},
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
    #[error("the supervisor stops")]
    Stopped,
    #[error("there is no metadata database")]
    NoDatabase,
    #[error("cannot load the task instance")]
    Load(#[source] updraft_metadata_db::Error),
    #[error("there is no such task instance")]
    NotFound,
}

impl CallbackError {
    /// Whether the callbacks are to be run once more, and then whether this counts as one of the few
    /// attempts that they have. What a process did to its end is over: a callback that fails, or takes
    /// too long, would do so again.
    pub(crate) fn again(&self) -> Option<bool> {
        match self {
            Self::Failed(_) | Self::TimedOut(_) | Self::NotFound => None,
            Self::Died(_) | Self::Send(_) => Some(true),
            Self::Fork(_) | Self::Stopped | Self::NoDatabase | Self::Load(_) => Some(false),
        }
    }
}

/// Has a process run the callbacks, with the try as `claimed` tells of it.
pub(crate) async fn run(
    shared: &Arc<Shared>,
    callback: &Callback,
    claimed: &Claimed,
    log: &TaskLog,
) -> Result<(), CallbackError> {
    let spec = ForkSpec {
        role: Role::Callback,
        run_as_user: callback.run_as_user.clone(),
        dag_file: Some((callback.path.clone(), callback.dags_folder.clone())),
    };
    let mut child = shared.nursery.fork(spec).await?;
    let file = DagFile {
        path: &callback.path,
        dags_folder: &callback.dags_folder,
    };
    let mut message = run_task_message(
        "run_callback",
        &callback.key,
        claimed,
        &file,
        false,
        child.pid,
    );
    message["kind"] = callback.kind.name().into();
    message["reason"] = callback.reason.as_str().into();
    let conf = claimed.dag_run.conf.as_deref().unwrap_or_default();
    let descriptor = log.file.as_ref().map(|file| file.as_fd());
    child.channel.send_with(&message, conf, descriptor).await?;

    let output = child.output.take();
    let capture = output.map(|output| Capture::into_log(output, log.clone()));
    let limit = shared.options.limits.callback_timeout;
    let result = tokio::select! {
        result = timeout(limit, converse(shared, &mut child, &callback.key, claimed)) => result.unwrap_or_else(|_| {
            Err(CallbackError::TimedOut(limit.as_secs()))
        }),
        () = shared.kill.cancelled() => Err(CallbackError::Stopped),
    };
    if result.is_err() {
        kill_group(child.pid);
    }
    if let Some(capture) = capture
        && let Err(error) = capture.finish(&shared.kill).await
    {
        tracing::warn!(task = %callback.key, %error, "cannot write a callback's output to its log");
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
    while let Some(Ok(frame)) = child.channel.receive().await {
        let answer = match hear(shared, by, frame).await {
            Heard::Done(None) => return Ok(()),
            Heard::Done(Some(error)) => return Err(CallbackError::Failed(error)),
            Heard::Request(answer) => answer,
            Heard::Nothing => continue,
        };
        child.channel.send(&answer.envelope, &answer.blob).await?;
    }
    let exit = (&mut child.exited).await.unwrap_or_default();
    Err(CallbackError::Died(exit.to_string()))
}

enum Heard {
    /// What went wrong in the callbacks.
    Done(Option<String>),
    Request(Answer),
    Nothing,
}

async fn hear(shared: &Shared, by: TryKey<'_>, frame: Frame) -> Heard {
    let (id, refusal) = match serde_json::from_slice(&frame.envelope) {
        Ok(ChildMessage::CallbackDone { error }) => return Heard::Done(error),
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
        Err(error) => {
            let refusal = Answer::to_unreadable(&frame.envelope, &error);
            return refusal.map_or(Heard::Nothing, Heard::Request);
        }
        Ok(_) => {
            return match Asked::read(&frame.envelope) {
                Some(Ok(asked)) => {
                    let sources = Sources::new(shared, Some(by.key));
                    Heard::Request(sources.answer(asked, frame.blob).await)
                }
                Some(Err(refusal)) => Heard::Request(refusal),
                None => Heard::Nothing,
            };
        }
    };
    Heard::Request(match refusal {
        None => Answer::done(id),
        Some(reason) => Answer::refused(id, reason),
    })
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
        Err(error) => Err(error_chain(&error)),
    }
}
