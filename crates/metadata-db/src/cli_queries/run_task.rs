//! `tasks run`.

use sqlx::FromRow;
use updraft_core::{TaskInstanceKey, UtcDateTime};

use crate::{DbTimestamp, Error, Source, Tx, query::Dialects};

/// A task instance that somebody wants to run.
#[derive(Clone, Debug, FromRow)]
pub struct RunnableRow {
    pub dag_run_id: i32,
    pub state: Option<String>,
    pub try_number: i32,
    /// The DAG file.
    pub fileloc: Option<String>,
    /// The logical date of the run.
    pub execution_date: DbTimestamp,
}

pub async fn runnable<'c>(
    source: impl Source<'c>,
    key: &TaskInstanceKey,
) -> Result<Option<RunnableRow>, Error> {
    source
        .query(
            "SELECT dr.id AS dag_run_id, ti.state, ti.try_number, dag.fileloc,
                 dr.execution_date
             FROM task_instance ti
             JOIN dag_run dr ON dr.dag_id = ti.dag_id AND dr.run_id = ti.run_id
             LEFT JOIN dag ON dag.dag_id = ti.dag_id
             WHERE ti.dag_id = $1 AND ti.run_id = $2 AND ti.task_id = $3 AND ti.map_index = $4",
        )
        .bind(key.dag_id.as_str())
        .bind(key.run_id.as_str())
        .bind(key.task_id.as_str())
        .bind(key.map_index.0)
        .fetch_optional()
        .await
}

/// A task instance that was queued for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuedToRun {
    pub try_number: i32,
    /// The caller's row of `job`, to be ended with [`end_job`].
    pub job_id: i32,
}

/// Queues the task instance for the caller, unless its state or try changed since `from` was read.
/// A try that was scheduled or only rescheduled keeps its number, any other gets the next one. A row
/// of `job` owns it until its claim: schedulers take back what nobody alive has queued.
pub async fn queue_to_run(
    tx: &mut Tx,
    key: &TaskInstanceKey,
    from: &RunnableRow,
    pool: Option<&str>,
    now: UtcDateTime,
) -> Result<Option<QueuedToRun>, Error> {
    // SQLite's write lock is held already; on PostgreSQL stock's tasks schedule their successors
    // under the lock of the run alone.
    const LOCK: Dialects = Dialects {
        postgres: "SELECT id FROM dag_run WHERE dag_id = $1 AND run_id = $2 FOR UPDATE",
        sqlite: "SELECT id FROM dag_run WHERE dag_id = $1 AND run_id = $2",
    };
    tx.query(LOCK)
        .bind(key.dag_id.as_str())
        .bind(key.run_id.as_str())
        .fetch_scalars::<i32>()
        .await?;
    let keeps_number = matches!(
        from.state.as_deref(),
        Some("scheduled" | "up_for_reschedule")
    );
    let try_number = from.try_number + i32::from(!keeps_number);
    let job_id = begin_job(tx, key, now).await?;
    let changed = tx
        .query(
            "UPDATE task_instance
             SET state = 'queued',
                 queued_by_job_id = $10,
                 try_number = $7,
                 pool = COALESCE($8, pool),
                 queued_dttm = $9,
                 external_executor_id = NULL,
                 updated_at = $9
             WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
               AND COALESCE(state, '') = $5 AND try_number = $6",
        )
        .bind(key.dag_id.as_str())
        .bind(key.run_id.as_str())
        .bind(key.task_id.as_str())
        .bind(key.map_index.0)
        .bind(from.state.clone().unwrap_or_default())
        .bind(from.try_number)
        .bind(try_number)
        .bind(pool.map(str::to_owned))
        .bind(DbTimestamp(now))
        .bind(job_id)
        .execute()
        .await?;
    if changed == 0 {
        end_job(tx, job_id, now).await?;
        return Ok(None);
    }
    Ok(Some(QueuedToRun { try_number, job_id }))
}

async fn begin_job(tx: &mut Tx, key: &TaskInstanceKey, now: UtcDateTime) -> Result<i32, Error> {
    tx.query(
        "INSERT INTO job (dag_id, state, job_type, start_date, latest_heartbeat)
         VALUES ($1, 'running', 'LocalTaskJob', $2, $2)
         RETURNING id",
    )
    .bind(key.dag_id.as_str())
    .bind(DbTimestamp(now))
    .fetch_scalar()
    .await
}

/// The caller is done with what it had queued.
pub async fn end_job(tx: &mut Tx, job_id: i32, now: UtcDateTime) -> Result<(), Error> {
    tx.query("UPDATE job SET state = 'success', end_date = $2 WHERE id = $1")
        .bind(job_id)
        .bind(DbTimestamp(now))
        .execute()
        .await?;
    Ok(())
}
