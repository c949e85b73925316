//! The statements by which task instances are cleared. `$1` is the list of those that are.

use updraft_core::UtcDateTime;

use crate::{DbTimestamp, Dialects, Error, JsonText, Source, Tx, scheduling::statement::statement};

/// One row for the try that is given up, unless there is one already. One that had not ended ends
/// now, as failed.
pub(super) async fn record_history(
    tx: &mut Tx,
    instances: &JsonText,
    now: UtcDateTime,
) -> Result<(), Error> {
    const END: Dialects = statement!(
        "UPDATE task_instance AS t
         SET end_date = $2,
             duration = "
        {
            postgres "EXTRACT(EPOCH FROM $2 - t.start_date)"
            sqlite "ROUND((julianday($2) - julianday(t.start_date)) * 86400, 6)"
        }
        " FROM "
        { rows "$1" dag_id text, run_id text, task_id text, map_index int, state text }
        " WHERE v.dag_id = t.dag_id AND v.run_id = t.run_id AND v.task_id = t.task_id
           AND v.map_index = t.map_index
           AND v.state NOT IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
           AND NOT EXISTS (
               SELECT 1
               FROM task_instance_history h
               WHERE h.dag_id = t.dag_id AND h.run_id = t.run_id AND h.task_id = t.task_id
                 AND h.map_index = t.map_index AND h.try_number = t.try_number)"
    );
    const RECORD: Dialects = statement!(
        "INSERT INTO task_instance_history (
             task_id, dag_id, run_id, map_index, try_number, start_date, end_date, duration,
             state, max_tries, hostname, unixname, job_id, pool, pool_slots, queue,
             priority_weight, operator, custom_operator_name, queued_dttm, queued_by_job_id,
             pid, executor, executor_config, updated_at, rendered_map_index,
             external_executor_id, trigger_id, trigger_timeout, next_method, next_kwargs,
             task_display_name)
         SELECT t.task_id, t.dag_id, t.run_id, t.map_index, t.try_number, t.start_date, t.end_date,
             t.duration,
             CASE WHEN v.state IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
                 THEN v.state ELSE 'failed' END,
             t.max_tries, t.hostname, t.unixname, t.job_id, t.pool, t.pool_slots, t.queue,
             t.priority_weight, t.operator, t.custom_operator_name, t.queued_dttm,
             t.queued_by_job_id, t.pid, t.executor, t.executor_config, t.updated_at,
             t.rendered_map_index, t.external_executor_id, t.trigger_id, t.trigger_timeout,
             t.next_method, t.next_kwargs, t.task_display_name
         FROM task_instance t
         JOIN "
        { rows "$1" dag_id text, run_id text, task_id text, map_index int, state text }
        " ON v.dag_id = t.dag_id AND v.run_id = t.run_id AND v.task_id = t.task_id
             AND v.map_index = t.map_index
         WHERE TRUE
         ON CONFLICT (dag_id, task_id, run_id, map_index, try_number) DO NOTHING"
    );
    tx.query(END)
        .bind(instances.clone())
        .bind(DbTimestamp(now))
        .execute()
        .await?;
    tx.query(RECORD).bind(instances.clone()).execute().await?;
    Ok(())
}

pub(super) async fn delete_reschedules(tx: &mut Tx, instances: &JsonText) -> Result<(), Error> {
    const DELETE: Dialects = statement!(
        "DELETE FROM task_reschedule
         WHERE (dag_id, run_id, task_id, map_index, try_number) IN (
             SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.try_number
             FROM task_instance t
             JOIN "
        { rows "$1" dag_id text, run_id text, task_id text, map_index int }
        " ON v.dag_id = t.dag_id AND v.run_id = t.run_id AND v.task_id = t.task_id
                 AND v.map_index = t.map_index)"
    );
    tx.query(DELETE)
        .bind(instances.clone())
        .execute()
        .await
        .map(drop)
}

/// Those that run for a job. One that is running without a job stays as it is, as in Airflow.
pub(super) async fn restart_running(
    tx: &mut Tx,
    instances: &JsonText,
    now: UtcDateTime,
) -> Result<(), Error> {
    const JOBS: Dialects = statement!(
        "UPDATE job
         SET state = 'restarting'
         WHERE id IN (
             SELECT t.job_id
             FROM task_instance t
             JOIN "
        { rows "$1" dag_id text, run_id text, task_id text, map_index int }
        " ON v.dag_id = t.dag_id AND v.run_id = t.run_id AND v.task_id = t.task_id
                 AND v.map_index = t.map_index
             WHERE t.state = 'running')"
    );
    const INSTANCES: Dialects = statement!(
        "UPDATE task_instance AS t
         SET state = 'restarting', updated_at = $2
         FROM "
        { rows "$1" dag_id text, run_id text, task_id text, map_index int }
        " WHERE v.dag_id = t.dag_id AND v.run_id = t.run_id AND v.task_id = t.task_id
           AND v.map_index = t.map_index AND t.state = 'running' AND t.job_id IS NOT NULL"
    );
    tx.query(JOBS).bind(instances.clone()).execute().await?;
    tx.query(INSTANCES)
        .bind(instances.clone())
        .bind(DbTimestamp(now))
        .execute()
        .await
        .map(drop)
}

pub(super) async fn reset_others(
    tx: &mut Tx,
    instances: &JsonText,
    now: UtcDateTime,
) -> Result<(), Error> {
    const RESET: Dialects = statement!(
        "UPDATE task_instance AS t
         SET state = NULL,
             external_executor_id = NULL,
             next_method = NULL,
             next_kwargs = NULL,
             max_tries = CASE
                 WHEN v.retries IS NOT NULL THEN t.try_number + v.retries
                 WHEN t.max_tries > t.try_number THEN t.max_tries
                 ELSE t.try_number END,
             pool = COALESCE(v.pool, t.pool),
             pool_slots = COALESCE(v.pool_slots, t.pool_slots),
             priority_weight = COALESCE(v.priority_weight, t.priority_weight),
             queue = COALESCE(v.queue, t.queue),
             operator = COALESCE(v.operator, t.operator),
             executor = CASE WHEN v.is_defined THEN v.executor ELSE t.executor END,
             executor_config = COALESCE("
        { postgres "decode(v.executor_config, 'hex')" sqlite "unhex(v.executor_config)" }
        ", t.executor_config),
             updated_at = $2
         FROM "
        {
            rows "$1" dag_id text, run_id text, task_id text, map_index int, state text,
            is_defined bool, retries int, pool text, pool_slots int, priority_weight int,
            queue text, executor text, executor_config text, operator text
        }
        " WHERE v.dag_id = t.dag_id AND v.run_id = t.run_id AND v.task_id = t.task_id
           AND v.map_index = t.map_index AND v.state <> 'running'"
    );
    tx.query(RESET)
        .bind(instances.clone())
        .bind(DbTimestamp(now))
        .execute()
        .await
        .map(drop)
}

pub(super) async fn queue_runs(
    tx: &mut Tx,
    instances: &JsonText,
    now: UtcDateTime,
) -> Result<(), Error> {
    const QUEUE: Dialects = statement!(
        "UPDATE dag_run
         SET state = 'queued',
             queued_at = $2,
             start_date = NULL,
             end_date = NULL,
             last_scheduling_decision = NULL,
             clear_number = clear_number + 1,
             updated_at = $2
         WHERE state IN ('success', 'failed')
           AND (dag_id, run_id) IN (SELECT v.dag_id, v.run_id FROM "
        { rows "$1" dag_id text, run_id text } ")"
    );
    tx.query(QUEUE)
        .bind(instances.clone())
        .bind(DbTimestamp(now))
        .execute()
        .await
        .map(drop)
}
