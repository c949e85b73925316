//! One try to its end, by the supervisor alone.

use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use updraft_core::state::TaskInstanceState;
use updraft_supervisor::{Command, Event, NotClaimed, TaskRequest};

use super::{Logs, Session};
use crate::{
    failure::Failure,
    headline::one_line,
    paint::{Mark, Paint},
};

const GLANCE: Duration = Duration::from_millis(50);

/// Shows the log as it grows; Ctrl-C and SIGTERM end the task.
pub(crate) async fn run_task(
    session: &mut Session,
    request: TaskRequest,
    paint: Paint,
) -> anyhow::Result<Option<TaskInstanceState>> {
    let mut logs = Logs::new(&session.scratch, paint)?;
    logs.follow(&request.key, request.try_number);
    let commands = session.handle.commands.clone();
    let name = request.key.task_id.clone();
    commands.send(Command::RunTask(Box::new(request))).await?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut glance = tokio::time::interval(GLANCE);
    let mut state = None;
    loop {
        let ending = tokio::select! {
            event = session.events.recv() => match event {
                Some(Event::TaskFinished(finished)) => {
                    state = finished.state;
                    logs.read();
                    let mark = state.map_or(Mark::Bad, Mark::of);
                    let ended = state.map_or_else(|| "ended".to_owned(), |state| state.to_string());
                    let why = finished.reason.map(|reason| format!(": {}", one_line(&reason)));
                    paint.mark(mark, &format!("{name}  {ended}{}", why.unwrap_or_default()));
                    Command::Drain
                }
                Some(Event::TaskNotClaimed { reason: NotClaimed::Unable(reason), .. }) => {
                    return Err(Failure::new(reason).into());
                }
                Some(Event::TaskNotClaimed { .. }) => Command::Drain,
                Some(Event::Stopped) | None => break,
                Some(_) => continue,
            },
            _ = glance.tick() => {
                logs.read();
                continue;
            }
            _ = interrupt.recv() => Command::Kill,
            _ = terminate.recv() => Command::Kill,
        };
        // The supervisor may have gone already.
        let _ = commands.send(ending).await;
    }
    logs.finish();
    Ok(state)
}
