//! Decisions on task instances that need no executor.

use serde::Serialize;
use updraft_core::{TaskInstanceKey, UtcDateTime, state::TaskInstanceState};

use super::{
    key::{TaskInstanceKeyRow, state_name},
    statement::statement,
};
use crate::{
    Error, Tx,
    query::{Dialects, Source},
    value::{DbTimestamp, json_parameter},
};

/// What happens to the dates of a task instance whose state the scheduler sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dates {
    /// As they are.
    Keep,
    /// Where there is none yet, now; Airflow's `set_state` for finished states.
    Fill,
    /// Both now, with duration 0.
    Now,
}

/// One guarded change. Nothing is written where the row is not in state `from` with try number
/// `from_try_number` any more.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeTaskInstance {
    #[serde(flatten)]
    pub key: TaskInstanceKey,
    #[serde(rename = "state_from", serialize_with = "state_name")]
    pub from: TaskInstanceState,
    #[serde(rename = "try_from")]
    pub from_try_number: i32,
    #[serde(rename = "state_to", serialize_with = "state_name")]
    pub to: TaskInstanceState,
    #[serde(rename = "try_to")]
    pub try_number: i32,
    pub dates: Dates,
}

/// Applies the changes and returns the task instances that were as expected. The caller holds the
/// locks of their runs.
pub async fn change_task_instances(
    tx: &mut Tx,
    changes: &[ChangeTaskInstance],
    now: UtcDateTime,
) -> Result<Vec<TaskInstanceKey>, Error> {
    const CHANGE: Dialects = statement!(
        "UPDATE task_instance
         SET state = v.state_to,
             try_number = v.try_to,
             start_date = CASE v.dates
                 WHEN 'now' THEN $2
                 WHEN 'fill' THEN COALESCE(task_instance.start_date, $2)
                 ELSE task_instance.start_date END,
             end_date = CASE v.dates
                 WHEN 'now' THEN $2
                 WHEN 'fill' THEN COALESCE(task_instance.end_date, $2)
                 ELSE task_instance.end_date END,
             duration = CASE
                 WHEN v.dates = 'now' THEN 0
                 WHEN v.dates = 'fill' AND task_instance.end_date IS NULL THEN "
        {
            postgres "EXTRACT(EPOCH FROM $2 - COALESCE(task_instance.start_date, $2))"
            sqlite "ROUND(
                unixepoch($2, 'subsec')
                - unixepoch(COALESCE(task_instance.start_date, $2), 'subsec'), 6)"
        }
        "        ELSE task_instance.duration END,
             updated_at = $2
         FROM "
        {
            rows "$1" dag_id text, run_id text, task_id text, map_index int,
            state_from text, try_from int, state_to text, try_to int, dates text
        }
        " WHERE task_instance.dag_id = v.dag_id
           AND task_instance.task_id = v.task_id
           AND task_instance.run_id = v.run_id
           AND task_instance.map_index = v.map_index
           AND task_instance.state IS NOT DISTINCT FROM v.state_from
           AND COALESCE(task_instance.try_number, 0) = v.try_from
         RETURNING task_instance.dag_id, task_instance.run_id, task_instance.task_id,
             task_instance.map_index"
    );
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<TaskInstanceKeyRow> = tx
        .query(CHANGE)
        .bind(json_parameter(changes)?)
        .bind(DbTimestamp(now))
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(TaskInstanceKey::from).collect())
}
