//! Queued runs that begin.

use updraft_core::{
    UtcDateTime,
    planner::{RunKey, StartRun},
};
use updraft_metadata_db::{Error, Retry, scheduling::start_runs};

use super::{Applied, deferred};
use crate::{event::Event, scheduler::Scheduler};

impl Scheduler {
    pub(super) async fn start_runs(&mut self, runs: &[StartRun]) -> Result<Applied, Error> {
        if runs.is_empty() {
            return Ok(Applied::All);
        }
        let now = self.now();
        let started = match self.try_start_runs(runs, now).await {
            Err(error) if error.retry() == Retry::Transaction => {
                deferred("runs were not started", &error);
                Vec::new()
            }
            result => result?,
        };
        for run in &started {
            self.known.started(run, now);
            self.snapshot.apply_start(run, now);
            self.tell(Event::RunStarted { run: run.clone() });
        }
        let mut applied = Applied::All;
        for start in runs.iter().filter(|start| !started.contains(&start.run)) {
            self.agenda.refused(start.run.clone(), now);
            applied = Applied::Partly;
        }
        if applied == Applied::Partly {
            // Another scheduler may have started a run that is not known here.
            self.agenda.database_changed(now);
        }
        Ok(applied)
    }

    async fn try_start_runs(
        &self,
        runs: &[StartRun],
        now: UtcDateTime,
    ) -> Result<Vec<RunKey>, Error> {
        let mut tx = self.db.begin_relaxed().await?;
        let started = start_runs(&mut tx, runs, now).await?;
        tx.commit().await?;
        Ok(started)
    }
}
