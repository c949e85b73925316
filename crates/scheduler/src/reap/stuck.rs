//! Task instances that stay queued.

use updraft_metadata_db::{
    Error,
    scheduling::{Stuck, end_stuck, load_stuck},
};

use crate::{observe::run_of, scheduler::Scheduler};

impl Scheduler {
    /// Queues task instances again that have waited for `task_queued_timeout`, and fails those
    /// that have done so too often.
    pub(crate) async fn end_stuck(&mut self) -> Result<(), Error> {
        let now = self.now();
        let cutoff = now.saturating_sub(self.settings.intervals.queued_timeout);
        let mut tx = self.db.begin_relaxed().await?;
        let stuck = load_stuck(&mut tx, self.job_id, cutoff).await?;
        let most = i64::from(self.settings.num_stuck_in_queued_retries);
        let is_exceeded = |one: &Stuck| one.times_before >= most;
        let ended = end_stuck(&mut tx, stuck, is_exceeded, now).await?;
        tx.commit().await?;
        for stuck in ended {
            self.executor
                .revoke(&stuck.key, stuck.try_number, "queued for too long");
            self.agenda.reload_at(run_of(&stuck.key), now);
        }
        Ok(())
    }
}
