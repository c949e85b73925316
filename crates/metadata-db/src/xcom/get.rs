//! Reading `XComs`.

use updraft_core::{DagId, RunId, TaskInstanceKey};

use crate::{DbTimestamp, Error, Source};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct XCom {
    pub task_id: String,
    pub map_index: i32,
    pub key: String,
    /// JSON of Airflow's serializer, unless a custom `XCom` backend wrote it. Never parsed and
    /// printed again: Python's JSON is wider than Rust's.
    pub value: Option<Vec<u8>>,
    pub timestamp: DbTimestamp,
}

pub async fn get<'c>(
    on: impl Source<'c>,
    of: &TaskInstanceKey,
    key: &str,
) -> Result<Option<XCom>, Error> {
    on.query(
        "SELECT task_id, map_index, key, value, timestamp
         FROM xcom
         WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND key = $5",
    )
    .bind(of.dag_id.as_str())
    .bind(of.run_id.as_str())
    .bind(of.task_id.as_str())
    .bind(of.map_index.0)
    .bind(key)
    .fetch_optional()
    .await
}

/// Every `XCom` of a run, by task, index and key.
pub async fn of_run<'c>(
    on: impl Source<'c>,
    dag_id: &DagId,
    run_id: &RunId,
) -> Result<Vec<XCom>, Error> {
    on.query(
        "SELECT task_id, map_index, key, value, timestamp
         FROM xcom
         WHERE dag_id = $1 AND run_id = $2
         ORDER BY task_id, map_index, key",
    )
    .bind(dag_id.as_str())
    .bind(run_id.as_str())
    .fetch_all()
    .await
}
