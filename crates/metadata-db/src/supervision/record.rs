//! Rows that tell of a try afterwards, whoever ends it.

use updraft_core::{TaskInstanceKey, UtcDateTime};

use super::{
    finish::ProcessEnd,
    try_key::{TryKey, bind_key},
};
use crate::{Error, Tx, query::Source, value::DbTimestamp};

/// Copies the row of the task instance `$1` to `$4`; `$end` and `$duration` are parameters too.
macro_rules! insert_history {
    ($end:literal, $duration:literal) => {
        concat!(
            "INSERT INTO task_instance_history (
                 task_id, dag_id, run_id, map_index, try_number, start_date, end_date, duration,
                 state, max_tries, hostname, unixname, job_id, pool, pool_slots, queue,
                 priority_weight, operator, custom_operator_name, queued_dttm, queued_by_job_id,
                 pid, executor, executor_config, updated_at, rendered_map_index,
                 external_executor_id, trigger_id, trigger_timeout, next_method, next_kwargs,
                 task_display_name)
             SELECT task_id, dag_id, run_id, map_index, try_number, start_date, ",
            $end,
            ", ",
            $duration,
            ",
                 'failed', max_tries, hostname, unixname, job_id, pool, pool_slots, queue,
                 priority_weight, operator, custom_operator_name, queued_dttm, queued_by_job_id,
                 pid, executor, executor_config, ",
            $end,
            ", rendered_map_index,
                 external_executor_id, trigger_id, trigger_timeout, next_method, next_kwargs,
                 task_display_name
             FROM task_instance
             WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4"
        )
    };
}

pub(super) use insert_history;

/// The row of an earlier try, as Airflow records it before the next one.
pub(super) async fn record_history(
    tx: &mut Tx,
    key: &TaskInstanceKey,
    start_date: Option<UtcDateTime>,
    end_date: UtcDateTime,
) -> Result<(), Error> {
    bind_key(
        tx.query(concat!(
            insert_history!("$5", "$6"),
            " ON CONFLICT (dag_id, task_id, run_id, map_index, try_number) DO NOTHING"
        )),
        key,
    )
    .bind(DbTimestamp(end_date))
    .bind(start_date.map(|start| end_date.since(start).as_secs_f64()))
    .execute()
    .await?;
    Ok(())
}

/// One row a failed try.
pub(super) async fn insert_task_fail(
    tx: &mut Tx,
    key: &TaskInstanceKey,
    start_date: Option<UtcDateTime>,
    end_date: UtcDateTime,
) -> Result<(), Error> {
    let seconds =
        start_date.map(|start| i32::try_from(end_date.since(start).as_secs()).unwrap_or(i32::MAX));
    bind_key(
        tx.query(
            "INSERT INTO task_fail (
                 dag_id, run_id, task_id, map_index, start_date, end_date, duration)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        ),
        key,
    )
    .bind(start_date.map(DbTimestamp))
    .bind(DbTimestamp(end_date))
    .bind(seconds)
    .execute()
    .await?;
    Ok(())
}

/// What the audit log says about a try.
#[derive(Clone, Copy, Debug)]
pub(super) struct TryEvent<'a> {
    pub(super) key: &'a TaskInstanceKey,
    pub(super) try_number: i32,
    pub(super) event: &'a str,
    pub(super) execution_date: Option<UtcDateTime>,
    pub(super) owner: Option<&'a str>,
    pub(super) extra: Option<&'a str>,
}

pub(super) async fn insert_log(
    tx: &mut Tx,
    event: TryEvent<'_>,
    now: UtcDateTime,
) -> Result<(), Error> {
    bind_key(
        tx.query(
            "INSERT INTO log (
                 dag_id, run_id, task_id, map_index, dttm, event, execution_date, owner, extra,
                 try_number)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        ),
        event.key,
    )
    .bind(DbTimestamp(now))
    .bind(event.event.to_owned())
    .bind(event.execution_date.map(DbTimestamp))
    .bind(event.owner.map(str::to_owned))
    .bind(event.extra.map(str::to_owned))
    .bind(event.try_number)
    .execute()
    .await?;
    Ok(())
}

/// Airflow closes the job of a failed task with success: the job did its work. One that is closed
/// already, or is no job of this DAG's tasks, is left alone.
pub(super) async fn close_job(
    tx: &mut Tx,
    by: TryKey<'_>,
    state: &'static str,
    now: UtcDateTime,
) -> Result<(), Error> {
    tx.query(
        "UPDATE job SET state = $2, end_date = $3, latest_heartbeat = $3
         WHERE id = $1 AND state IN ('running', 'restarting') AND job_type = 'LocalTaskJob'
           AND (dag_id IS NULL OR dag_id = $4)",
    )
    .bind(by.job_id)
    .bind(state)
    .bind(DbTimestamp(now))
    .bind(by.key.dag_id.as_str().to_owned())
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn close_try(
    tx: &mut Tx,
    tag: &str,
    state: &'static str,
    outcome: Option<&'static str>,
    process: ProcessEnd,
    now: UtcDateTime,
) -> Result<(), Error> {
    tx.query(
        "UPDATE updraft_task_try
         SET state = $2, outcome = $3, ended_at = $4, exit_code = $5, signal = $6,
             cpu_seconds = $7, peak_rss_bytes = $8
         WHERE tag = $1 AND ended_at IS NULL",
    )
    .bind(tag.to_owned())
    .bind(state)
    .bind(outcome)
    .bind(DbTimestamp(now))
    .bind(process.exit_code)
    .bind(process.signal)
    .bind(process.cpu_seconds)
    .bind(process.peak_rss_bytes)
    .execute()
    .await?;
    Ok(())
}
