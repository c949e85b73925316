//! Which process a scheduler's job is, so that its death on this host needs no time-out.

use sqlx::FromRow;
use updraft_core::UtcDateTime;

use crate::{Error, Tx, query::Source, value::DbTimestamp};

/// A process of this host, told apart from a later one with the same number by its start.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SchedulerProcess {
    pub job_id: i32,
    pub boot_id: String,
    pub pid: i32,
    /// Field 22 of `/proc/<pid>/stat`.
    pub pid_start_time: i64,
}

/// Remembers the process of a scheduler's job.
pub async fn insert_scheduler_process(
    tx: &mut Tx,
    hostname: &str,
    process: &SchedulerProcess,
) -> Result<(), Error> {
    tx.query(
        "INSERT INTO updraft_scheduler (job_id, hostname, boot_id, pid, pid_start_time)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(process.job_id)
    .bind(hostname)
    .bind(process.boot_id.as_str())
    .bind(process.pid)
    .bind(process.pid_start_time)
    .execute()
    .await?;
    Ok(())
}

/// The processes of schedulers on this host whose jobs are said to run.
pub async fn running_scheduler_processes(
    tx: &mut Tx,
    hostname: &str,
) -> Result<Vec<SchedulerProcess>, Error> {
    tx.query(
        "SELECT s.job_id, s.boot_id, s.pid, s.pid_start_time
         FROM updraft_scheduler s
         JOIN job j ON j.id = s.job_id
         WHERE s.hostname = $1 AND j.state = 'running'",
    )
    .bind(hostname)
    .fetch_all()
    .await
}

/// Marks the job of a process that is known to be dead as failed.
pub async fn fail_dead_scheduler(tx: &mut Tx, job_id: i32, now: UtcDateTime) -> Result<(), Error> {
    tx.query("UPDATE job SET state = 'failed', end_date = $2 WHERE id = $1 AND state = 'running'")
        .bind(job_id)
        .bind(DbTimestamp(now))
        .execute()
        .await?;
    tx.query("DELETE FROM updraft_scheduler WHERE job_id = $1")
        .bind(job_id)
        .execute()
        .await?;
    Ok(())
}
