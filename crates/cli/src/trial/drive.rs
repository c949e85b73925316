//! One run to its end, by the scheduler and the supervisor.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use jiff::SignedDuration;
use regex::Regex;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};
use tokio_util::sync::CancellationToken;
use updraft_core::{
    TaskInstanceKey,
    planner::{FinishReason, Notice, RunKey},
    state::DagRunState,
};
use updraft_scheduler::{Event, Executor, Input, Scheduler, Settings};
use updraft_supervisor::Command;
use uuid::Uuid;

use super::{Logs, Session, logs::label};
use crate::{
    compose,
    context::Context,
    headline::one_line,
    paint::{Mark, Paint},
};

/// How often logs are looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// What is to be driven, and how.
pub(crate) struct Drive<'a> {
    pub run: RunKey,
    /// What modules are imported from.
    pub folder: &'a Path,
    /// Tasks of these names succeed without being run.
    pub mark_success: Option<Regex>,
    /// As many tasks at a time as `[core] parallelism` says, instead of one.
    pub at_once: bool,
}

/// What became of it.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// None where it did not come to its end.
    pub state: Option<DagRunState>,
    pub reason: Option<FinishReason>,
    pub duration: Option<SignedDuration>,
    /// Tries, and why the last one failed.
    pub tries: BTreeMap<TaskInstanceKey, (i32, Option<String>)>,
    pub is_interrupted: bool,
    /// Why it cannot come to its end.
    pub stuck: Option<String>,
}

/// Ctrl-C and SIGTERM end it, with the tasks that run.
pub(crate) async fn drive(
    context: &Context,
    session: &mut Session,
    what: Drive<'_>,
    paint: Paint,
) -> anyhow::Result<Ended> {
    let (inputs, scheduler_inputs) = mpsc::unbounded_channel();
    let (scheduler_events, mut events) = mpsc::unbounded_channel();
    let (orders, order) = mpsc::channel(1024);
    let commands = session.handle.commands.clone();
    let passing = tokio::spawn(pass_on(order, commands.clone(), what.mark_success.clone()));
    let scheduler = Scheduler::start(updraft_scheduler::Parts {
        db: session.scratch.db.clone(),
        settings: settings(context, session, what.folder),
        executor: executor(context, what.at_once, orders),
        clock: context.clock.clone(),
        new_id: Arc::new(|| Uuid::new_v4().to_string()),
        inputs: scheduler_inputs,
        events: scheduler_events,
    })
    .await
    .context("the scheduler does not start")?;
    let drain = CancellationToken::new();
    let mut watch = Watch {
        run: what.run,
        logs: Logs::new(&session.scratch, paint)?,
        ended: Ended::default(),
        paint,
    };
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut glance = tokio::time::interval(GLANCE);
    let scheduling = tokio::spawn(scheduler.run(drain.clone()));
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => if watch.is_over(event) { drain.cancel() },
                None => break,
            },
            Some(event) = session.events.recv() => {
                // The scheduler may have ended before the supervisor.
                let _ = inputs.send(Input::Supervisor(event));
            }
            _ = glance.tick() => watch.logs.read(),
            () = either(&mut interrupt, &mut terminate) => {
                watch.ended.is_interrupted = true;
                // The supervisor may have gone already.
                let _ = commands.send(Command::Kill).await;
                drain.cancel();
            }
        }
    }
    watch.logs.finish();
    scheduling.await?.context("the scheduler ended badly")?;
    passing.await?;
    Ok(watch.ended)
}

fn executor(context: &Context, at_once: bool, orders: mpsc::Sender<Command>) -> Executor {
    if at_once {
        Executor::local(context.config.core.parallelism, orders)
    } else {
        Executor::sequential(orders)
    }
}

/// Only the one run: no schedules, and a date of the future is as good as any.
fn settings(context: &Context, session: &Session, folder: &Path) -> Settings {
    let mut settings = compose::scheduler_settings(&context.config, &session.host);
    settings.use_job_schedule = false;
    settings.planner.allow_trigger_in_future = true;
    settings.dags_folder = folder.to_string_lossy().into_owned();
    settings
}

/// Orders of the executor, for the supervisor.
async fn pass_on(
    mut orders: mpsc::Receiver<Command>,
    commands: mpsc::Sender<Command>,
    mark_success: Option<Regex>,
) {
    while let Some(mut order) = orders.recv().await {
        if let Command::RunTask(request) = &mut order
            && let Some(pattern) = &mark_success
        {
            request.mark_success |= pattern.is_match(request.key.task_id.as_str());
        }
        if commands.send(order).await.is_err() {
            break;
        }
    }
}

async fn either(one: &mut tokio::signal::unix::Signal, other: &mut tokio::signal::unix::Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}

struct Watch {
    run: RunKey,
    logs: Logs,
    ended: Ended,
    paint: Paint,
}

impl Watch {
    /// Tells of the event; whether there is nothing more to wait for.
    fn is_over(&mut self, event: Event) -> bool {
        match event {
            Event::TaskStarted { key, try_number } => {
                self.paint.mark(Mark::Begun, &self.name(&key, try_number));
                self.logs.follow(&key, try_number);
            }
            Event::TaskFinished {
                key,
                try_number,
                state,
                duration,
                reason,
            } => {
                // What it said goes before how it ended.
                self.logs.follow(&key, try_number);
                self.logs.read();
                let took = duration.map_or_else(String::new, |duration| {
                    format!(" in {:.2} s", duration.as_secs_f64())
                });
                let why = reason
                    .as_deref()
                    .map(|reason| format!(": {}", one_line(reason)));
                let name = self.name(&key, try_number);
                let text = format!("{name}  {state}{took}{}", why.unwrap_or_default());
                self.paint.mark(Mark::of(state), &text);
                if self.is_ours(&key) {
                    self.ended.tries.insert(key, (try_number, reason));
                }
            }
            Event::RunFinished {
                run,
                state,
                reason,
                duration,
            } if run == self.run => {
                self.ended.state = Some(state);
                self.ended.reason = reason;
                self.ended.duration = duration;
                return true;
            }
            Event::DagUnreadable { dag_id, reason } if dag_id == self.run.dag_id => {
                self.ended.stuck = Some(reason);
                return true;
            }
            Event::Notice(notice) => return self.noticed(&notice),
            _ => {}
        }
        false
    }

    /// On a database that nobody else has, nobody adds the pool that a task waits for.
    fn noticed(&mut self, notice: &Notice) -> bool {
        let stuck = match notice {
            Notice::Unsupported {
                task_id, feature, ..
            } => {
                let text = format!(
                    "{task_id} is left alone: Updraft has no {} yet",
                    feature.as_str()
                );
                self.paint.mark(Mark::Passed, &text);
                return false;
            }
            Notice::PoolMissing { pool } => format!(
                "a task wants the pool {pool}, which does not exist; `updraft pools set` makes it"
            ),
            Notice::PoolTooSmall {
                pool, pool_slots, ..
            } => format!("a task wants {pool_slots} slots, more than the pool {pool} has"),
            // Every task is run here.
            Notice::ExecutorUnknown { executor, .. } => {
                format!("a task wants the executor {executor}, which does not run here")
            }
        };
        self.ended.stuck = Some(stuck);
        true
    }

    fn is_ours(&self, key: &TaskInstanceKey) -> bool {
        key.dag_id == self.run.dag_id && key.run_id == self.run.run_id
    }

    fn name(&self, key: &TaskInstanceKey, try_number: i32) -> String {
        let name = if self.is_ours(key) {
            label(key)
        } else {
            format!("{}.{}", key.dag_id, label(key))
        };
        if try_number > 1 {
            format!("{name}  try {try_number}")
        } else {
            name
        }
    }
}
