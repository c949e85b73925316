//! The end of an ordinary try as one statement, for the same reason as the claim. The steps stand in
//! `finish` too, since SQLite can take them only one by one, with values instead of CTEs.

use updraft_core::state::TaskInstanceState;

use super::{
    finish::{Finished, TryEnd},
    record::insert_history,
    try_key::bind_key,
};
use crate::{
    Error,
    query::Source,
    value::{DbTimestamp, JsonText},
};

/// Every part sees the rows as they were before; only `decided` says what becomes of them.
const FINISH: &str = concat!(
    "WITH mine AS (
         SELECT state
         FROM task_instance
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
           AND try_number = $5 AND job_id = $6 AND state IN ('running', 'restarting')
         FOR UPDATE),
     decided AS (
         SELECT state AS before,
             CASE WHEN state = 'restarting' THEN 'up_for_retry' ELSE $7 END AS state
         FROM mine),
     history AS (
         ",
    insert_history!("$8", "$9"),
    "
           AND EXISTS (
               SELECT 1 FROM decided WHERE state = 'up_for_retry' AND before = 'running')
         ON CONFLICT (dag_id, task_id, run_id, map_index, try_number) DO NOTHING),
     failed AS (
         INSERT INTO task_fail (
             dag_id, run_id, task_id, map_index, start_date, end_date, duration)
         SELECT $1, $2, $3, $4, $10, $8, $11
         FROM decided
         WHERE state IN ('up_for_retry', 'failed')),
     rescheduled AS (
         INSERT INTO task_reschedule (
             dag_id, run_id, task_id, map_index, try_number, start_date, end_date, duration,
             reschedule_date)
         SELECT $1, $2, $3, $4, $5, $10, $8, $11, $12
         FROM decided
         WHERE state = 'up_for_reschedule'),
     ended AS (
         UPDATE task_instance
         SET state = decided.state, end_date = $8, duration = $9,
             rendered_map_index = COALESCE($13, rendered_map_index),
             max_tries = COALESCE($14, max_tries),
             next_method = NULL, next_kwargs = NULL, updated_at = $15
         FROM decided
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4),
     pushed AS (
         INSERT INTO xcom (
             dag_run_id, dag_id, run_id, task_id, map_index, key, value, timestamp)
         SELECT r.id, $1, $2, $3, $4, $16, $17, $15
         FROM dag_run r, decided
         WHERE r.dag_id = $1 AND r.run_id = $2 AND $16 IS NOT NULL
         ON CONFLICT (dag_run_id, task_id, map_index, key)
         DO UPDATE SET value = EXCLUDED.value, timestamp = EXCLUDED.timestamp),
     rendered AS (
         INSERT INTO rendered_task_instance_fields (
             dag_id, run_id, task_id, map_index, rendered_fields, k8s_pod_yaml)
         SELECT $1, $2, $3, $4, $18, 'null'::json
         FROM decided
         WHERE $18 IS NOT NULL
         ON CONFLICT (dag_id, task_id, run_id, map_index)
         DO UPDATE SET rendered_fields = EXCLUDED.rendered_fields,
             k8s_pod_yaml = EXCLUDED.k8s_pod_yaml),
     pruned AS (
         DELETE FROM rendered_task_instance_fields
         WHERE dag_id = $1 AND task_id = $3 AND run_id <> $2
           AND $18 IS NOT NULL AND $19 > 0
           AND run_id NOT IN (
               SELECT newest.run_id
               FROM (
                   SELECT f.run_id
                   FROM rendered_task_instance_fields f
                   JOIN dag_run r ON r.dag_id = f.dag_id AND r.run_id = f.run_id
                   WHERE f.dag_id = $1 AND f.task_id = $3 AND f.run_id <> $2
                   GROUP BY f.run_id, r.execution_date
                   ORDER BY r.execution_date DESC
                   LIMIT GREATEST($19 - 1, 0)) newest)),
     logged AS (
         INSERT INTO log (
             dag_id, run_id, task_id, map_index, dttm, event, execution_date, owner, try_number)
         SELECT $1, $2, $3, $4, $15,
             CASE WHEN state = 'up_for_retry' THEN 'failed' ELSE state END, $20, $21, $5
         FROM decided
         WHERE state <> 'up_for_reschedule'),
     job_closed AS (
         UPDATE job SET state = 'success', end_date = $15, latest_heartbeat = $15
         WHERE id = $6 AND state IN ('running', 'restarting') AND job_type = 'LocalTaskJob'
           AND (dag_id IS NULL OR dag_id = $1)),
     try_closed AS (
         UPDATE updraft_task_try
         SET state = 'ended', outcome = COALESCE((SELECT state FROM decided), 'overruled'),
             ended_at = $15, exit_code = $22, signal = $23, cpu_seconds = $24,
             peak_rss_bytes = $25
         WHERE tag = $26 AND ended_at IS NULL)
     SELECT state FROM decided"
);

/// Whether the statement writes everything that there is. The rest is rare, and its round trips
/// are those of a task that did more.
pub(super) fn fits(end: &TryEnd<'_>) -> bool {
    end.xcoms.len() <= 1
        && end.task_map.is_none()
        && end.note.is_none()
        && end.skips.is_empty()
        && end.callback.is_none()
}

pub(super) async fn finish<'c>(
    source: impl Source<'c>,
    end: &TryEnd<'_>,
) -> Result<Finished, Error> {
    let lasted = end.end_date.since(end.start_date);
    let xcom = end.xcoms.first();
    let rendered = end.rendered_fields;
    let state: Option<(String,)> = bind_key(source.query(FINISH), end.by.key)
        .bind(end.by.try_number)
        .bind(end.by.job_id)
        .bind(end.state.as_db())
        .bind(DbTimestamp(end.end_date))
        .bind(lasted.as_secs_f64())
        .bind(DbTimestamp(end.start_date))
        .bind(i32::try_from(lasted.as_secs()).unwrap_or(i32::MAX))
        .bind(DbTimestamp(end.reschedule_date.unwrap_or(end.end_date)))
        .bind(end.map_label())
        .bind(end.max_tries)
        .bind(DbTimestamp(end.now))
        .bind(xcom.map(|xcom| xcom.key.to_owned()))
        .bind(xcom.map(|xcom| xcom.value.to_vec()))
        .bind(rendered.map(|(fields, _)| JsonText(fields.to_owned())))
        .bind(rendered.map_or(0, |(_, keep)| keep))
        .bind(DbTimestamp(end.execution_date))
        .bind(end.owner.map(str::to_owned))
        .bind(end.process.exit_code)
        .bind(end.process.signal)
        .bind(end.process.cpu_seconds)
        .bind(end.process.peak_rss_bytes)
        .bind(end.tag.to_owned())
        .fetch_optional()
        .await?;
    Ok(match state {
        Some((state,)) => match TaskInstanceState::parse(Some(&state)) {
            Some(state) => Finished::Written(state),
            None => Finished::Overruled,
        },
        None => Finished::Overruled,
    })
}
