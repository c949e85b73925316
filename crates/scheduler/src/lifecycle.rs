//! The scheduler's job: its start, its signs of life and its end.

use std::time::Duration;

use updraft_metadata_db::scheduling::{
    SchedulerProcess, end_scheduler_job, heartbeat_scheduler_job, insert_scheduler_job,
    insert_scheduler_process, release_own_queue,
};

use crate::{
    error::Error,
    event::Event,
    scheduler::{Parts, Scheduler},
};

const PATIENCE_IN_OUTAGE: Duration = Duration::from_secs(1);
/// Much longer than it takes, unless the database does not answer.
const PATIENCE: Duration = Duration::from_secs(10);

impl Scheduler {
    /// Registers the scheduler and takes over what dead predecessors left.
    pub async fn start(parts: Parts) -> Result<Self, Error> {
        let now = (parts.clock)();
        let job_id = register(&parts, now).await.map_err(Error::Register)?;
        let mut scheduler = Self::new(parts, job_id, now);
        scheduler.release_orphans().await.map_err(Error::Register)?;
        Ok(scheduler)
    }

    /// The id of the scheduler's row in `job`.
    pub fn job_id(&self) -> i32 {
        self.job_id
    }

    pub(crate) async fn heartbeat(&mut self) -> Result<(), updraft_metadata_db::Error> {
        let mut tx = self.db.begin_relaxed().await?;
        heartbeat_scheduler_job(&mut tx, self.job_id, self.now()).await?;
        tx.commit().await
    }

    /// Gives back what is queued and was never begun, and closes the job. In an outage that is left
    /// to the successor, who finds the same as after a death.
    pub(crate) async fn end(self) -> Result<(), Error> {
        let end = async {
            let mut tx = self.db.begin_relaxed().await?;
            release_own_queue(&mut tx, self.job_id, self.now()).await?;
            end_scheduler_job(&mut tx, self.job_id, true, self.now()).await?;
            tx.commit().await
        };
        let is_out = self.reach.is_out();
        let patience = if is_out { PATIENCE_IN_OUTAGE } else { PATIENCE };
        match tokio::time::timeout(patience, end).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if !is_out => return Err(Error::End(error)),
            Ok(Err(_)) | Err(_) => tracing::warn!(
                "the database is away; the next scheduler takes over what was queued"
            ),
        }
        self.tell(Event::Stopped);
        self.executor.close().await;
        Ok(())
    }
}

async fn register(
    parts: &Parts,
    now: updraft_core::UtcDateTime,
) -> Result<i32, updraft_metadata_db::Error> {
    let host = &parts.settings.host;
    let mut tx = parts.db.begin_relaxed().await?;
    let job_id = insert_scheduler_job(&mut tx, &host.hostname, &host.unixname, now).await?;
    if let Some(process) = &host.process {
        let process = SchedulerProcess {
            job_id,
            boot_id: process.boot_id.clone(),
            pid: process.pid,
            pid_start_time: process.pid_start_time,
        };
        insert_scheduler_process(&mut tx, &host.hostname, &process).await?;
    }
    tx.commit().await?;
    Ok(job_id)
}
