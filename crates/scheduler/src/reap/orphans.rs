//! Task instances queued by schedulers that are gone.

use updraft_metadata_db::{
    Error,
    scheduling::{
        fail_dead_scheduler, fail_silent_schedulers, release_orphans, running_scheduler_processes,
    },
};

use crate::{scheduler::Scheduler, settings::ProcessIdentity};

impl Scheduler {
    /// Marks dead schedulers failed and takes over what they had queued. A process of this host
    /// that is gone is known to be dead; any other is taken for dead after
    /// `scheduler_health_check_threshold`, as Airflow does.
    pub(crate) async fn release_orphans(&mut self) -> Result<(), Error> {
        let now = self.now();
        let mut tx = self.db.begin_relaxed().await?;
        for process in running_scheduler_processes(&mut tx, &self.settings.host.hostname).await? {
            let identity = ProcessIdentity {
                boot_id: process.boot_id,
                pid: process.pid,
                pid_start_time: process.pid_start_time,
            };
            if process.job_id != self.job_id && identity.is_dead(self.db.engine()) {
                fail_dead_scheduler(&mut tx, process.job_id, now).await?;
            }
        }
        let threshold = self.settings.intervals.health_check_threshold;
        let cutoff = self.reach.cutoff(now, threshold);
        fail_silent_schedulers(&mut tx, self.job_id, cutoff, now).await?;
        let released = release_orphans(&mut tx, self.job_id, now).await?;
        tx.commit().await?;
        if !released.is_empty() {
            tracing::info!(
                count = released.len(),
                "took over task instances that a dead scheduler had queued"
            );
            for key in released {
                self.agenda.reload_at(crate::observe::run_of(&key), now);
            }
        }
        Ok(())
    }
}
