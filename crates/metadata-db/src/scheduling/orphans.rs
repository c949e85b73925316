//! Queued task instances whose scheduler is gone.

use updraft_core::{TaskInstanceKey, UtcDateTime};

use super::{key::TaskInstanceKeyRow, statement::statement};
use crate::{Dialects, Error, Tx, query::Source, value::DbTimestamp};

/// Gives task instances that a dead scheduler queued back to all schedulers: scheduled, under the
/// same try number, since that try has not begun. A late message about the former queueing finds
/// another `external_executor_id`. What runs is not touched: its supervisor may well live.
pub async fn release_orphans(
    tx: &mut Tx,
    job_id: i32,
    now: UtcDateTime,
) -> Result<Vec<TaskInstanceKey>, Error> {
    const RELEASE: Dialects = statement!(
        "UPDATE task_instance
         SET state = 'scheduled',
             queued_dttm = NULL,
             queued_by_job_id = NULL,
             external_executor_id = NULL,
             updated_at = $2
         WHERE (dag_id, task_id, run_id, map_index) IN (
             SELECT t.dag_id, t.task_id, t.run_id, t.map_index
             FROM task_instance t
             JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id
             LEFT JOIN job j ON j.id = t.queued_by_job_id
             WHERE t.state = 'queued'
               AND COALESCE(t.queued_by_job_id, -1) <> $1
               AND COALESCE(j.state, '') <> 'running'
               AND r.state = 'running'
               AND r.run_type <> 'backfill'"
        { postgres " FOR UPDATE OF t SKIP LOCKED" sqlite "" }
        ")
           AND state = 'queued'
         RETURNING dag_id, run_id, task_id, map_index"
    );
    let rows: Vec<TaskInstanceKeyRow> = tx
        .query(RELEASE)
        .bind(job_id)
        .bind(DbTimestamp(now))
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(TaskInstanceKey::from).collect())
}

/// Gives back what this scheduler queued and nobody has begun: its process is about to end.
pub async fn release_own_queue(
    tx: &mut Tx,
    job_id: i32,
    now: UtcDateTime,
) -> Result<Vec<TaskInstanceKey>, Error> {
    let rows: Vec<TaskInstanceKeyRow> = tx
        .query(
            "UPDATE task_instance
             SET state = 'scheduled',
                 queued_dttm = NULL,
                 queued_by_job_id = NULL,
                 external_executor_id = NULL,
                 updated_at = $2
             WHERE state = 'queued' AND queued_by_job_id = $1
             RETURNING dag_id, run_id, task_id, map_index",
        )
        .bind(job_id)
        .bind(DbTimestamp(now))
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(TaskInstanceKey::from).collect())
}
