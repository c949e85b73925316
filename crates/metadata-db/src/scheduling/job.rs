//! The scheduler's row in `job`.

use updraft_core::UtcDateTime;

use crate::{Error, Tx, query::Source, value::DbTimestamp};

/// Inserts a running `SchedulerJob` and returns its id, by which this scheduler owns task
/// instances.
pub async fn insert_scheduler_job(
    tx: &mut Tx,
    hostname: &str,
    unixname: &str,
    now: UtcDateTime,
) -> Result<i32, Error> {
    tx.query(
        "INSERT INTO job (job_type, state, start_date, latest_heartbeat, hostname, unixname)
         VALUES ('SchedulerJob', 'running', $1, $1, $2, $3)
         RETURNING id",
    )
    .bind(DbTimestamp(now))
    .bind(hostname)
    .bind(unixname)
    .fetch_scalar()
    .await
}

/// Says that the scheduler lives. If another one took it for dead meanwhile, it is running again.
pub async fn heartbeat_scheduler_job(
    tx: &mut Tx,
    job_id: i32,
    now: UtcDateTime,
) -> Result<(), Error> {
    tx.query("UPDATE job SET latest_heartbeat = $2, state = 'running' WHERE id = $1")
        .bind(job_id)
        .bind(DbTimestamp(now))
        .execute()
        .await?;
    Ok(())
}

/// Ends the job with that state.
pub async fn end_scheduler_job(
    tx: &mut Tx,
    job_id: i32,
    succeeded: bool,
    now: UtcDateTime,
) -> Result<(), Error> {
    tx.query("UPDATE job SET state = $2, end_date = $3, latest_heartbeat = $3 WHERE id = $1")
        .bind(job_id)
        .bind(if succeeded { "success" } else { "failed" })
        .bind(DbTimestamp(now))
        .execute()
        .await?;
    Ok(())
}

/// Marks schedulers other than that of `job_id` failed that have not been heard of since `cutoff`; returns their job ids.
pub async fn fail_silent_schedulers(
    tx: &mut Tx,
    job_id: i32,
    cutoff: UtcDateTime,
    now: UtcDateTime,
) -> Result<Vec<i32>, Error> {
    tx.query(
        "UPDATE job
         SET state = 'failed', end_date = $2
         WHERE job_type = 'SchedulerJob'
           AND state = 'running'
           AND latest_heartbeat < $1
           AND id <> $3
         RETURNING id",
    )
    .bind(DbTimestamp(cutoff))
    .bind(DbTimestamp(now))
    .bind(job_id)
    .fetch_scalars()
    .await
}
