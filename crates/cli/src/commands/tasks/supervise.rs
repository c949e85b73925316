//! One task instance under supervision.

use anyhow::Context as _;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};
use updraft_metadata_db::Db;
use updraft_supervisor::{Command, Event, NotClaimed, Supervisor, SupervisorHandle, TaskRequest};

use crate::{compose, context::Context, failure::Failure};

/// Runs the task in a child of this process; SIGTERM and Ctrl-C end it.
pub(super) async fn supervise(
    context: &Context,
    db: Db,
    request: TaskRequest,
) -> anyhow::Result<()> {
    let (python, host) = compose::python_and_host(context).await?;
    let options = compose::supervisor_options(context, python, &host, db)?;
    let (handle, events) = Supervisor::start(options)
        .await
        .context("the supervisor of tasks does not start")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let commands = handle.commands.clone();
    commands.send(Command::RunTask(Box::new(request))).await?;
    let mut ending = tokio::spawn(follow(handle, events));
    let code = tokio::select! {
        ended = &mut ending => return ended?,
        _ = terminate.recv() => 128 + 15,
        _ = tokio::signal::ctrl_c() => 128 + 2,
    };
    // The supervisor may have gone already.
    let _ = commands.send(Command::Kill).await;
    drop(commands);
    ending.await??;
    Err(Failure::silent(code).into())
}

/// Waits for the end of the task and of the supervisor. Stock succeeds whatever became of the task.
async fn follow(
    handle: SupervisorHandle,
    mut events: mpsc::UnboundedReceiver<Event>,
) -> anyhow::Result<()> {
    let mut failure = None;
    while let Some(event) = events.recv().await {
        match event {
            Event::TaskFinished(task) => {
                let state = task.state.map(|state| state.to_string());
                tracing::info!(
                    "Task ended as {}",
                    state.as_deref().unwrap_or("somebody else decided")
                );
                let _ = handle.commands.send(Command::Drain).await;
            }
            Event::TaskNotClaimed { reason, .. } => {
                match reason {
                    NotClaimed::NotQueued | NotClaimed::Draining => {
                        tracing::warn!("Task is not able to be run: it is not queued any more");
                    }
                    NotClaimed::Unable(reason) => failure = Some(Failure::new(reason)),
                }
                let _ = handle.commands.send(Command::Drain).await;
            }
            Event::Stopped => break,
            _ => {}
        }
    }
    match failure {
        Some(failure) => Err(failure.into()),
        None => Ok(()),
    }
}
