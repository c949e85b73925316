//! Prints what happens, a line each, for a person who watches.

mod census;
mod files;
mod scheduler;

use std::{path::Path, sync::Arc};

use tokio::sync::{Notify, mpsc};
use updraft_core::time::Clock;
use updraft_metadata_db::Db;

use self::files::Files;
use super::stop::Stop;
use crate::paint::{Mark, Paint};

type SchedulerEvent = updraft_scheduler::Event;
type ProcessorEvent = updraft_dag_processor::Event;
type SupervisorEvent = updraft_supervisor::Event;

#[derive(Clone)]
pub(super) struct Narrator {
    enabled: bool,
    paint: Paint,
    clock: Clock,
    /// There may be other DAGs, or other errors, than before.
    dags_changed: Arc<Notify>,
}

impl Narrator {
    pub(super) fn new(enabled: bool, clock: Clock) -> Self {
        Self {
            enabled,
            paint: Paint::new(),
            clock,
            dags_changed: Arc::default(),
        }
    }

    /// `is_new`: the database was not there before.
    pub(super) fn greet(&self, dag_folder: &Path, (db, is_new): (&Db, bool), python: &Path) {
        if !self.enabled {
            return;
        }
        let version = env!("CARGO_PKG_VERSION");
        let new = if is_new { " (a new one)" } else { "" };
        self.paint.line(&format!(
            "Updraft {version} runs the DAG files of {}\n  database {}{new}\n  Python   {}\n  Ctrl-C ends \
             when the running tasks have ended; a second Ctrl-C ends them. Times are UTC.\n",
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
        let mut files = Files::default();
        loop {
            tokio::select! {
                Some(event) = scheduler.recv() => self.scheduler(event),
                Some(event) = processor.recv() => self.processor(event, &mut files),
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

    fn supervisor(&self, event: SupervisorEvent) {
        match event {
            SupervisorEvent::NotReady { error } => {
                self.line(Mark::Bad, "python", &format!("does not start: {error}"));
            }
            SupervisorEvent::TaskLost {
                key, try_number, ..
            } => {
                let text = format!("{key}  try {try_number} was lost with its supervisor");
                self.line(Mark::Again, "task", &text);
            }
            SupervisorEvent::TaskReplayed {
                key,
                try_number,
                state,
            } => {
                let text = format!("{key}  try {try_number} had ended as {state} before the stop");
                self.line(Mark::Good, "task", &text);
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
        self.paint.news(time, mark, subject, text);
    }
}
