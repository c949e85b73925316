//! What branching tasks left behind.

use sqlx::FromRow;
use updraft_core::{MapIndex, TaskId};

use super::{key::run_ids, statement::statement};
use crate::{Dialects, Error, query::Source};

/// An XCom `skipmixin_key`.
#[derive(Clone, Debug, FromRow)]
struct Row {
    dag_run_id: i32,
    task_id: String,
    map_index: i32,
    value: Option<Vec<u8>>,
}

/// An XCom `skipmixin_key` with its bytes as stored.
#[derive(Clone, Debug)]
pub struct SkipDecisionRow {
    pub dag_run_id: i32,
    pub task_id: TaskId,
    pub map_index: MapIndex,
    pub value: Vec<u8>,
}

/// The skip decisions of these runs.
pub async fn load_skip_decisions<'c>(
    source: impl Source<'c>,
    dag_run_ids: &[i32],
) -> Result<Vec<SkipDecisionRow>, Error> {
    const LOAD: Dialects = statement!(
        "SELECT x.dag_run_id, x.task_id, x.map_index, x.value
         FROM xcom x
         WHERE x.key = 'skipmixin_key'
           AND x.dag_run_id IN (SELECT v.id FROM " { rows "$1" id int } ")"
    );
    if dag_run_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = source
        .query(LOAD)
        .bind(run_ids(dag_run_ids)?)
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SkipDecisionRow {
            dag_run_id: row.dag_run_id,
            task_id: row.task_id.into(),
            map_index: MapIndex(row.map_index),
            value: row.value.unwrap_or_default(),
        })
        .collect())
}
