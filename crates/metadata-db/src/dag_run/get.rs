//! Reading DAG runs.

use updraft_core::{DagId, RunId};

use crate::{DbDagRunState, DbTimestamp, Error, Source};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DagRun {
    pub id: i32,
    pub dag_id: String,
    pub run_id: String,
    pub state: Option<DbDagRunState>,
    pub run_type: String,
    /// The logical date.
    pub execution_date: DbTimestamp,
    pub data_interval_start: Option<DbTimestamp>,
    pub data_interval_end: Option<DbTimestamp>,
    pub queued_at: Option<DbTimestamp>,
    pub start_date: Option<DbTimestamp>,
    pub end_date: Option<DbTimestamp>,
    pub external_trigger: Option<bool>,
    /// A pickle, see [`crate::pickle`].
    pub conf: Option<Vec<u8>>,
}

pub async fn get<'c>(
    on: impl Source<'c>,
    dag_id: &DagId,
    run_id: &RunId,
) -> Result<Option<DagRun>, Error> {
    on.query(
        "SELECT id, dag_id, run_id, state, run_type, execution_date, data_interval_start,
             data_interval_end, queued_at, start_date, end_date, external_trigger, conf
         FROM dag_run
         WHERE dag_id = $1 AND run_id = $2",
    )
    .bind(dag_id.as_str())
    .bind(run_id.as_str())
    .fetch_optional()
    .await
}

/// The runs of a DAG, newest logical date first.
pub async fn list<'c>(
    on: impl Source<'c>,
    dag_id: &DagId,
    limit: i64,
) -> Result<Vec<DagRun>, Error> {
    on.query(
        "SELECT id, dag_id, run_id, state, run_type, execution_date, data_interval_start,
             data_interval_end, queued_at, start_date, end_date, external_trigger, conf
         FROM dag_run
         WHERE dag_id = $1
         ORDER BY execution_date DESC
         LIMIT $2",
    )
    .bind(dag_id.as_str())
    .bind(limit)
    .fetch_all()
    .await
}
