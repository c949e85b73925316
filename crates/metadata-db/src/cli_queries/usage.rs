//! `tasks failed-deps`: what takes up room that a task instance would need.

use sqlx::FromRow;
use updraft_core::TaskInstanceKey;

use crate::{Error, Source};

#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Usage {
    /// Running task instances of the DAG, of the task, and of the task in the run.
    pub running_in_dag: i64,
    pub running_of_task: i64,
    pub running_in_run: i64,
    /// `None` where there is no such pool; -1 for no limit.
    pub slots: Option<i32>,
    /// What other task instances take of the pool.
    pub occupied: i64,
}

/// What stands in the way of the task instance in its DAG and in the pool.
pub async fn usage<'c>(
    source: impl Source<'c>,
    key: &TaskInstanceKey,
    pool: &str,
) -> Result<Usage, Error> {
    source
        .query(
            "SELECT
                 (SELECT COUNT(*) FROM task_instance
                  WHERE dag_id = $1 AND state = 'running') AS running_in_dag,
                 (SELECT COUNT(*) FROM task_instance
                  WHERE dag_id = $1 AND task_id = $2 AND state = 'running') AS running_of_task,
                 (SELECT COUNT(*) FROM task_instance
                  WHERE dag_id = $1 AND task_id = $2 AND run_id = $3 AND state = 'running')
                     AS running_in_run,
                 (SELECT slots FROM slot_pool WHERE pool = $5) AS slots,
                 (SELECT CAST(COALESCE(SUM(t.pool_slots), 0) AS bigint)
                  FROM task_instance t
                  JOIN slot_pool p ON p.pool = t.pool
                  WHERE p.pool = $5
                    AND (t.state IN ('queued', 'running')
                         OR (p.include_deferred AND t.state = 'deferred'))
                    AND NOT (t.dag_id = $1 AND t.task_id = $2 AND t.run_id = $3
                             AND t.map_index = $4)) AS occupied",
        )
        .bind(key.dag_id.as_str())
        .bind(key.task_id.as_str())
        .bind(key.run_id.as_str())
        .bind(key.map_index.0)
        .bind(pool)
        .fetch_one()
        .await
}
