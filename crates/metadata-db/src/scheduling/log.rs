//! The audit log.

use serde::Serialize;
use updraft_core::{DagId, MapIndex, RunId, TaskId, TaskInstanceKey, UtcDateTime};

use super::statement::statement;
use crate::{
    Dialects, Error, Tx,
    query::Source,
    value::{DbTimestamp, json_parameter},
};

/// A row of `log` by the scheduler. Stuck task instances are counted by such rows, so `event` is
/// more than text.
#[derive(Clone, Debug, Serialize)]
pub struct NewLog {
    pub event: &'static str,
    pub dag_id: DagId,
    pub run_id: Option<RunId>,
    pub task_id: Option<TaskId>,
    pub map_index: Option<MapIndex>,
    pub try_number: Option<i32>,
    pub owner: Option<String>,
    pub extra: Option<String>,
}

impl NewLog {
    /// About a DAG.
    pub fn new(event: &'static str, dag_id: DagId) -> Self {
        Self {
            event,
            dag_id,
            run_id: None,
            task_id: None,
            map_index: None,
            try_number: None,
            owner: None,
            extra: None,
        }
    }

    /// About one try of a task instance.
    pub fn of_try(event: &'static str, key: &TaskInstanceKey, try_number: i32) -> Self {
        Self {
            run_id: Some(key.run_id.clone()),
            task_id: Some(key.task_id.clone()),
            map_index: Some(key.map_index),
            try_number: Some(try_number),
            ..Self::new(event, key.dag_id.clone())
        }
    }
}

/// Inserts the rows.
pub async fn insert_log(tx: &mut Tx, logs: &[NewLog], now: UtcDateTime) -> Result<(), Error> {
    const INSERT: Dialects = statement!(
        "INSERT INTO log (
             dttm, event, dag_id, run_id, task_id, map_index, try_number, owner, extra)
         SELECT $2, v.event, v.dag_id, v.run_id, v.task_id, v.map_index, v.try_number, v.owner,
             v.extra
         FROM "
        {
            rows "$1" event text, dag_id text, run_id text, task_id text, map_index int,
            try_number int, owner text, extra text
        }
    );
    if logs.is_empty() {
        return Ok(());
    }
    tx.query(INSERT)
        .bind(json_parameter(logs)?)
        .bind(DbTimestamp(now))
        .execute()
        .await?;
    Ok(())
}
