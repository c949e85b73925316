//! Queued runs that begin.

use updraft_core::planner::RunKey;
use updraft_metadata_db::{Error, scheduling::start_runs};

use super::Applied;
use crate::{event::Event, scheduler::Scheduler};

impl Scheduler {
    pub(super) async fn start_runs(&mut self, runs: &[RunKey]) -> Result<Applied, Error> {
        if runs.is_empty() {
            return Ok(Applied::All);
        }
        let now = self.now();
        let mut tx = self.db.begin_relaxed().await?;
        let started = start_runs(&mut tx, runs, now).await?;
        tx.commit().await?;
        for run in &started {
            self.known.started(run, now);
            self.snapshot.apply_start(run, now);
            self.tell(Event::RunStarted { run: run.clone() });
        }
        let mut applied = Applied::All;
        for run in runs.iter().filter(|run| !started.contains(run)) {
            self.agenda.refused(run.clone(), now);
            applied = Applied::Partly;
        }
        Ok(applied)
    }
}
