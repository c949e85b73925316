//! The claim as one statement: on a database that is a network away every round trip delays the
//! task. SQLite, which has no data-modifying CTEs, is in the process and takes several: only what both
//! select could be shared, and that is `task_instance_columns`.

use super::{
    claim::Claim,
    columns::{DagRunColumns, TaskInstanceColumns, task_instance_columns},
    try_key::bind_key,
};
use crate::{Error, query::Source, value::DbTimestamp};

/// Locks first: the state is looked at again after waiting for whoever changes it.
const CLAIM: &str = concat!(
    "WITH candidate AS (
         SELECT dag_id
         FROM task_instance
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
           AND state = 'queued' AND try_number = $5
           AND ($6 IS NULL OR external_executor_id = $6)
         FOR UPDATE),
     new_job AS (
         INSERT INTO job (
             dag_id, state, job_type, start_date, latest_heartbeat, hostname, unixname)
         SELECT dag_id, 'running', 'LocalTaskJob', $7, $7, $8, $9
         FROM candidate
         RETURNING id),
     taken AS (
         UPDATE task_instance
         SET state = 'running',
             start_date = CASE
                 WHEN next_method IS NOT NULL AND start_date IS NOT NULL THEN start_date
                 ELSE $7 END,
             end_date = NULL,
             hostname = $8,
             pid = $10,
             job_id = new_job.id,
             updated_at = $7
         FROM new_job
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
         RETURNING ",
    task_instance_columns!(),
    "),
     cleared AS (
         DELETE FROM xcom
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
           AND EXISTS (SELECT 1 FROM taken WHERE next_method IS NULL)),
     logged AS (
         INSERT INTO log (
             dag_id, run_id, task_id, map_index, dttm, event, execution_date, owner, try_number)
         SELECT dag_id, run_id, task_id, map_index, $7, 'running', $11, $12, $5
         FROM taken),
     watched AS (
         INSERT INTO updraft_task_try (
             dag_id, run_id, task_id, map_index, tag, try_number, job_id, supervisor_id, state,
             claimed_at, pid, run_as_user)
         SELECT dag_id, run_id, task_id, map_index, $13, $5, job_id, $14, 'running', $7, $10, $15
         FROM taken)
     SELECT ",
    task_instance_columns!(),
    " FROM taken"
);

pub(super) async fn take<'c>(
    source: impl Source<'c>,
    claim: &Claim<'_>,
    run: &DagRunColumns,
) -> Result<Option<TaskInstanceColumns>, Error> {
    bind_key(source.query(CLAIM), claim.key)
        .bind(claim.try_number)
        .bind(claim.external_executor_id.map(str::to_owned))
        .bind(DbTimestamp(claim.now))
        .bind(claim.hostname.to_owned())
        .bind(claim.unixname.to_owned())
        .bind(claim.pid)
        .bind(run.execution_date)
        .bind(claim.owner.map(str::to_owned))
        .bind(claim.tag.to_owned())
        .bind(claim.supervisor_id.to_owned())
        .bind(claim.run_as_user.map(str::to_owned))
        .fetch_optional()
        .await
}
