//! Rows of ours that nobody asks for any more.

use updraft_core::UtcDateTime;

use crate::{Error, Tx, query::Source, value::DbTimestamp};

/// Deletes up to `most` tries that ended before that time and whose task instance is gone; how many.
pub async fn prune_tries(tx: &mut Tx, before: UtcDateTime, most: i64) -> Result<u64, Error> {
    tx.query(
        "DELETE FROM updraft_task_try
         WHERE tag IN (
             SELECT u.tag
             FROM updraft_task_try u
             WHERE u.ended_at < $1
               AND NOT EXISTS (
                   SELECT 1
                   FROM task_instance t
                   WHERE t.dag_id = u.dag_id
                     AND t.task_id = u.task_id
                     AND t.run_id = u.run_id
                     AND t.map_index = u.map_index)
             LIMIT $2)",
    )
    .bind(DbTimestamp(before))
    .bind(most)
    .execute()
    .await
}

/// Deletes leases whose supervisors gave no sign of life since that time and have no try that runs: a
/// host that is gone ends no lease.
pub async fn prune_leases(tx: &mut Tx, before: UtcDateTime) -> Result<u64, Error> {
    tx.query(
        "DELETE FROM updraft_supervisor
         WHERE heartbeat < $1
           AND NOT EXISTS (
               SELECT 1
               FROM updraft_task_try u
               WHERE u.supervisor_id = updraft_supervisor.id AND u.ended_at IS NULL)",
    )
    .bind(DbTimestamp(before))
    .execute()
    .await
}
