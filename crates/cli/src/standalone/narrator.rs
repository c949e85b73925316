//! Prints what happens, a line each, for a person who watches.

use std::{
    collections::HashMap,
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use jiff::SignedDuration;
use tokio::sync::mpsc;
use updraft_core::{
    planner::{FinishReason, Notice, RunKey},
    state::{DagRunState, TaskInstanceState},
    time::Clock,
};
use updraft_metadata_db::Db;

use super::stop::Stop;

type SchedulerEvent = updraft_scheduler::Event;
type ProcessorEvent = updraft_dag_processor::Event;
type SupervisorEvent = updraft_supervisor::Event;

#[derive(Clone)]
pub(super) struct Narrator {
    enabled: bool,
    colour: bool,
    clock: Clock,
}

/// What a line is about, and how it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Begun,
    Good,
    Bad,
    Again,
    Passed,
    Note,
}

impl Mark {
    fn sign(self) -> char {
        match self {
            Self::Begun => '▶',
            Self::Good => '✓',
            Self::Bad => '✗',
            Self::Again => '↻',
            Self::Passed => '–',
            Self::Note => '·',
        }
    }

    /// The ANSI colour.
    fn colour(self) -> &'static str {
        match self {
            Self::Begun => "36",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Again => "33",
            Self::Passed | Self::Note => "90",
        }
    }

    fn of_task(state: TaskInstanceState) -> Self {
        match state {
            TaskInstanceState::Success => Self::Good,
            TaskInstanceState::Failed | TaskInstanceState::UpstreamFailed => Self::Bad,
            TaskInstanceState::UpForRetry | TaskInstanceState::UpForReschedule => Self::Again,
            TaskInstanceState::Skipped => Self::Passed,
            _ => Self::Note,
        }
    }
}

impl Narrator {
    pub(super) fn new(enabled: bool, clock: Clock) -> Self {
        Self {
            enabled,
            colour: std::io::stdout().is_terminal(),
            clock,
        }
    }

    pub(super) fn greet(&self, dag_folder: &Path, db: &Db, python: &Path) {
        if !self.enabled {
            return;
        }
        let version = env!("CARGO_PKG_VERSION");
        print(&format!(
            "Updraft {version} runs the DAG files of {}\n  database {}\n  Python   {}\n  Ctrl-C ends when the \
             running tasks have ended; a second Ctrl-C ends them. Times are UTC.\n\n",
            dag_folder.display(),
            db.address(),
            python.display(),
        ));
    }

    pub(super) fn own_tables(&self, added: &[&str]) {
        if !added.is_empty() {
            let text = format!(
                "added what Updraft keeps beside Airflow's tables, which stay as they were: {}",
                added.join(", ")
            );
            self.line(Mark::Note, "database", &text);
        }
    }

    /// Prints until every part has ended.
    pub(super) async fn follow(
        self,
        mut scheduler: mpsc::UnboundedReceiver<SchedulerEvent>,
        mut processor: mpsc::UnboundedReceiver<ProcessorEvent>,
        mut supervisor: mpsc::UnboundedReceiver<SupervisorEvent>,
        stop: Stop,
    ) {
        let announcing = tokio::spawn(self.clone().announce(stop));
        let mut broken = HashMap::new();
        loop {
            tokio::select! {
                Some(event) = scheduler.recv() => self.scheduler(event),
                Some(event) = processor.recv() => self.processor(event, &mut broken),
                Some(event) = supervisor.recv() => self.supervisor(event),
                else => break,
            }
        }
        announcing.abort();
    }

    async fn announce(self, stop: Stop) {
        stop.drain.cancelled().await;
        let text = "waiting for the running tasks; again to end them";
        self.line(Mark::Note, "stopping", text);
        stop.kill.cancelled().await;
        self.line(Mark::Note, "stopping", "SIGTERM to the running tasks");
    }

    fn scheduler(&self, event: SchedulerEvent) {
        match event {
            SchedulerEvent::Ready { .. } => {
                self.line(Mark::Note, "ready", "the scheduler is at work");
            }
            SchedulerEvent::RunStarted { run } => {
                let text = format!("{}  {}", run.dag_id, run.run_id);
                self.line(Mark::Begun, "run", &text);
            }
            SchedulerEvent::RunFinished {
                run,
                state,
                reason,
                duration,
            } => self.run_finished(&run, state, reason, duration),
            SchedulerEvent::TaskFinished {
                key,
                try_number,
                state,
                duration,
                reason,
            } => {
                let nth = Some(format!(", try {try_number}")).filter(|_| try_number > 1);
                let reason = reason.map(|reason| format!(": {reason}"));
                let text = format!(
                    "{key}  {state}{}{}{}",
                    nth.unwrap_or_default(),
                    time_taken(", ", duration),
                    reason.unwrap_or_default(),
                );
                self.line(Mark::of_task(state), "task", &text);
            }
            SchedulerEvent::DagPaused {
                dag_id,
                failed_runs,
            } => {
                let text = format!("{dag_id} is paused: its last {failed_runs} runs failed");
                self.line(Mark::Bad, "dag", &text);
            }
            SchedulerEvent::DagUnreadable { dag_id, reason } => {
                let text = format!("{dag_id} cannot be scheduled: {reason}");
                self.line(Mark::Bad, "dag", &text);
            }
            SchedulerEvent::Notice(notice) => self.line(Mark::Bad, "note", &describe(&notice)),
            SchedulerEvent::DatabaseTrouble { reason } => {
                self.line(Mark::Bad, "database", &format!("{reason}; trying again"));
            }
            SchedulerEvent::TaskStarted { .. } | SchedulerEvent::Stopped => {}
        }
    }

    fn run_finished(
        &self,
        run: &RunKey,
        state: DagRunState,
        reason: Option<FinishReason>,
        duration: Option<SignedDuration>,
    ) {
        let mark = if state == DagRunState::Success {
            Mark::Good
        } else {
            Mark::Bad
        };
        let reason = reason
            .map(FinishReason::as_str)
            .filter(|reason| *reason != state.as_str())
            .map(|reason| format!(" ({reason})"))
            .unwrap_or_default();
        let text = format!(
            "{}  {}  {state}{}{reason}",
            run.dag_id,
            run.run_id,
            time_taken(" in ", duration)
        );
        self.line(mark, "run", &text);
    }

    /// A file is parsed again and again; its error is told once.
    fn processor(&self, event: ProcessorEvent, broken: &mut HashMap<PathBuf, String>) {
        match event {
            ProcessorEvent::Parsed {
                file,
                error: Some(error),
                ..
            } => {
                let headline = headline(&error).to_owned();
                if broken.get(&file) != Some(&headline) {
                    let text = format!("{}: {headline}", file.display());
                    self.line(Mark::Bad, "file", &text);
                    broken.insert(file, headline);
                }
            }
            ProcessorEvent::Parsed {
                file,
                changed: false,
                ..
            } => {
                broken.remove(&file);
            }
            ProcessorEvent::Parsed {
                file,
                dags,
                seconds,
                ..
            } => {
                broken.remove(&file);
                let name = file
                    .file_name()
                    .unwrap_or(file.as_os_str())
                    .display()
                    .to_string();
                let dags = if dags.is_empty() {
                    "no DAG".to_owned()
                } else {
                    dags.join(", ")
                };
                self.line(
                    Mark::Note,
                    "file",
                    &format!("{name}: {dags} ({seconds:.2} s)"),
                );
            }
            ProcessorEvent::Deactivated { dag_ids } => {
                self.line(Mark::Note, "dag", &format!("gone: {}", dag_ids.join(", ")));
            }
            ProcessorEvent::NotParsed { path, reason } => {
                let text = format!("{} {reason}; trying again", path.display());
                self.line(Mark::Bad, "file", &text);
            }
            ProcessorEvent::StoreFailed { reason, .. } => {
                self.line(Mark::Bad, "database", &format!("{reason}; trying again"));
            }
            ProcessorEvent::Warning { message } => self.line(Mark::Bad, "note", &message),
            ProcessorEvent::Listed { .. } => {}
        }
    }

    fn supervisor(&self, event: SupervisorEvent) {
        match event {
            SupervisorEvent::NotReady { error } => {
                self.line(Mark::Bad, "python", &format!("does not start: {error}"));
            }
            SupervisorEvent::TaskLost {
                key, try_number, ..
            } => {
                let text = format!("{key}  try {try_number} was lost when its supervisor died");
                self.line(Mark::Again, "task", &text);
            }
            _ => {}
        }
    }

    fn line(&self, mark: Mark, subject: &str, text: &str) {
        if !self.enabled {
            return;
        }
        let now = (self.clock)().isoformat();
        let time = now.get(11..19).unwrap_or_default();
        let sign = mark.sign();
        let line = if self.colour {
            let colour = mark.colour();
            format!("\x1b[90m{time}\x1b[0m  \x1b[{colour}m{sign} {subject:<8}\x1b[0m {text}\n")
        } else {
            format!("{time}  {sign} {subject:<8} {text}\n")
        };
        print(&line);
    }
}

fn describe(notice: &Notice) -> String {
    match notice {
        Notice::Unsupported {
            run,
            task_id,
            feature,
        } => format!(
            "{}.{task_id} is left alone: Updraft has no {} yet",
            run.dag_id,
            feature.as_str()
        ),
        Notice::PoolMissing { pool } => {
            format!("tasks wait for the pool {pool}, which does not exist")
        }
        Notice::PoolTooSmall {
            dag_id,
            pool,
            pool_slots,
        } => format!("a task of {dag_id} wants {pool_slots} slots, more than the pool {pool} has"),
        Notice::ExecutorUnknown { dag_id, executor } => {
            format!("a task of {dag_id} wants the executor {executor}, which does not run here")
        }
    }
}

/// The exception of a traceback, whose text may go on for lines; otherwise the first line.
fn headline(error: &str) -> &str {
    let is_exception = |line: &&str| {
        let name = line.split_once(':').map_or(*line, |(name, _)| name);
        name.starts_with(char::is_alphabetic)
            && name
                .chars()
                .all(|letter| letter.is_alphanumeric() || "._".contains(letter))
    };
    let mut lines = error.trim().lines();
    let first = lines.clone().next().unwrap_or_default();
    lines.rfind(is_exception).unwrap_or(first)
}

fn time_taken(before: &str, duration: Option<SignedDuration>) -> String {
    duration.map_or_else(String::new, |duration| {
        format!("{before}{:.2} s", duration.as_secs_f64())
    })
}

/// A closed standard output ends no task.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exception_is_the_headline() {
        for (error, expected) in [
            (
                "Traceback (most recent call last):\n  File \"a.py\"\na.b.Broken: one\ntwo, PID: 3\n",
                "a.b.Broken: one",
            ),
            (
                "Traceback:\n  File\nKeyboardInterrupt\n",
                "KeyboardInterrupt",
            ),
            (
                "The file was not parsed.\nThe last it printed:\n[2026] ERROR - x",
                "The file was not parsed.",
            ),
        ] {
            assert_eq!(headline(error), expected);
        }
    }
}
