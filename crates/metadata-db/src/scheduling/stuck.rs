//! Task instances that stay queued.

use std::collections::HashSet;

use serde::Serialize;
use sqlx::FromRow;
use updraft_core::{TaskInstanceKey, UtcDateTime};

use super::{
    key::TaskInstanceKeyRow,
    log::{NewLog, insert_log},
    statement::statement,
};
use crate::{
    Error, Tx,
    query::{Dialects, Source},
    value::{DbTimestamp, json_parameter},
};

/// The event of a task instance that was stuck and goes back; Airflow counts these rows.
pub const STUCK_RESCHEDULE: &str = "stuck in queued reschedule";
/// The event of one that was stuck too often.
pub const STUCK_EXCEEDED: &str = "stuck in queued tries exceeded";

/// A task instance that has been queued for too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    pub key: TaskInstanceKey,
    pub try_number: i32,
    /// How often this try was stuck before.
    pub times_before: i64,
}

/// Task instances that this scheduler queued before `cutoff` and that are queued still.
pub async fn load_stuck(
    tx: &mut Tx,
    job_id: i32,
    cutoff: UtcDateTime,
) -> Result<Vec<Stuck>, Error> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        key: TaskInstanceKeyRow,
        try_number: i32,
        times_before: i64,
    }
    let rows: Vec<Row> = tx
        .query(
            "SELECT t.dag_id, t.run_id, t.task_id, t.map_index,
                 COALESCE(t.try_number, 0) AS try_number,
                 (SELECT COUNT(*)
                  FROM log l
                  WHERE l.dag_id = t.dag_id
                    AND l.task_id = t.task_id
                    AND l.run_id = t.run_id
                    AND l.map_index = t.map_index
                    AND l.try_number = t.try_number
                    AND l.event = 'stuck in queued reschedule') AS times_before
             FROM task_instance t
             WHERE t.state = 'queued'
               AND t.queued_by_job_id = $1
               AND t.queued_dttm < $2",
        )
        .bind(job_id)
        .bind(DbTimestamp(cutoff))
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Stuck {
            key: row.key.into(),
            try_number: row.try_number,
            times_before: row.times_before,
        })
        .collect())
}

/// Sends stuck task instances back to scheduled under the same try number, or fails them without
/// another try where that happened too often; with the audit rows that say so. Returns those that
/// were queued still.
pub async fn end_stuck(
    tx: &mut Tx,
    stuck: Vec<Stuck>,
    is_exceeded: impl Fn(&Stuck) -> bool,
    now: UtcDateTime,
) -> Result<Vec<Stuck>, Error> {
    #[derive(Serialize)]
    struct Parameter<'a> {
        #[serde(flatten)]
        key: &'a TaskInstanceKey,
        try_number: i32,
        exceeded: bool,
    }
    const END: Dialects = statement!(
        "UPDATE task_instance
         SET state = CASE WHEN v.exceeded THEN 'failed' ELSE 'scheduled' END,
             start_date = CASE
                 WHEN v.exceeded THEN COALESCE(task_instance.start_date, $2)
                 ELSE task_instance.start_date END,
             end_date = CASE WHEN v.exceeded THEN $2 ELSE task_instance.end_date END,
             queued_dttm = CASE WHEN v.exceeded THEN task_instance.queued_dttm END,
             external_executor_id = CASE
                 WHEN v.exceeded THEN task_instance.external_executor_id END,
             updated_at = $2
         FROM "
        {
            rows "$1" dag_id text, run_id text, task_id text, map_index int, try_number int,
            exceeded bool
        }
        " WHERE task_instance.dag_id = v.dag_id
           AND task_instance.task_id = v.task_id
           AND task_instance.run_id = v.run_id
           AND task_instance.map_index = v.map_index
           AND task_instance.state = 'queued'
           AND task_instance.try_number = v.try_number
         RETURNING task_instance.dag_id, task_instance.run_id, task_instance.task_id,
             task_instance.map_index"
    );
    if stuck.is_empty() {
        return Ok(stuck);
    }
    let parameters: Vec<Parameter<'_>> = stuck
        .iter()
        .map(|one| Parameter {
            key: &one.key,
            try_number: one.try_number,
            exceeded: is_exceeded(one),
        })
        .collect();
    let rows: Vec<TaskInstanceKeyRow> = tx
        .query(END)
        .bind(json_parameter(&parameters)?)
        .bind(DbTimestamp(now))
        .fetch_all()
        .await?;
    let ended: HashSet<TaskInstanceKey> = rows.into_iter().map(Into::into).collect();
    let logs: Vec<NewLog> = parameters
        .iter()
        .filter(|one| ended.contains(one.key))
        .map(|one| log_of(one.key, one.try_number, one.exceeded))
        .collect();
    insert_log(tx, &logs, now).await?;
    let stuck = stuck.into_iter();
    Ok(stuck.filter(|one| ended.contains(&one.key)).collect())
}

fn log_of(key: &TaskInstanceKey, try_number: i32, exceeded: bool) -> NewLog {
    let (event, extra) = if exceeded {
        let extra = "The task instance was requeued too often without ever starting; it failed.";
        (STUCK_EXCEEDED, extra)
    } else {
        let extra = "The task instance was queued for too long; it is queued again.";
        (STUCK_RESCHEDULE, extra)
    };
    NewLog {
        extra: Some(extra.to_owned()),
        ..NewLog::of_try(event, key, try_number)
    }
}
