//! `dag.next_dagrun` and its companions.

use updraft_core::{DagId, UtcDateTime, planner::NextDagRun};

use super::statement::statement;
use crate::{
    Error, Tx,
    query::{Dialects, Source},
    value::{DbTimestamp, json_parameter},
};

/// Locks those of the DAG rows whose runs may be created now, and returns their ids with
/// `next_dagrun`. A row that somebody else holds (a DAG processor, another scheduler) is left out.
pub async fn lock_dags_due(
    tx: &mut Tx,
    dags: &[&DagId],
    now: UtcDateTime,
) -> Result<Vec<(DagId, Option<UtcDateTime>)>, Error> {
    const LOCK: Dialects = statement!(
        "SELECT d.dag_id, d.next_dagrun
         FROM dag d
         WHERE d.dag_id IN (SELECT v.dag_id FROM " { rows "$1" dag_id text } ")
           AND NOT COALESCE(d.is_paused, FALSE)
           AND COALESCE(d.is_active, FALSE)
           AND NOT COALESCE(d.has_import_errors, FALSE)
           AND d.next_dagrun_create_after <= $2
         ORDER BY d.dag_id"
        { postgres " FOR UPDATE OF d SKIP LOCKED" sqlite "" }
    );
    #[derive(serde::Serialize)]
    struct Parameter<'a> {
        dag_id: &'a DagId,
    }
    if dags.is_empty() {
        return Ok(Vec::new());
    }
    let parameters: Vec<_> = dags.iter().map(|dag_id| Parameter { dag_id }).collect();
    let rows: Vec<(String, Option<DbTimestamp>)> = tx
        .query(LOCK)
        .bind(json_parameter(&parameters)?)
        .bind(DbTimestamp(now))
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|(dag_id, next)| (dag_id.into(), next.map(UtcDateTime::from)))
        .collect())
}

/// Sets all four columns; NULL where the schedule has ended.
pub async fn set_next_dagrun(
    tx: &mut Tx,
    dag_id: &DagId,
    next: Option<NextDagRun>,
) -> Result<(), Error> {
    tx.query(
        "UPDATE dag
         SET next_dagrun = $2,
             next_dagrun_data_interval_start = $3,
             next_dagrun_data_interval_end = $4,
             next_dagrun_create_after = $5
         WHERE dag_id = $1",
    )
    .bind(dag_id.as_str())
    .bind(next.map(|next| DbTimestamp(next.logical_date)))
    .bind(next.map(|next| DbTimestamp(next.data_interval.start)))
    .bind(next.map(|next| DbTimestamp(next.data_interval.end)))
    .bind(next.and_then(|next| next.create_after).map(DbTimestamp))
    .execute()
    .await?;
    Ok(())
}

/// Sets `next_dagrun_create_after` to NULL: `max_active_runs` is reached.
pub async fn hold_back_next_dagrun(tx: &mut Tx, dag_id: &DagId) -> Result<(), Error> {
    tx.query("UPDATE dag SET next_dagrun_create_after = NULL WHERE dag_id = $1")
        .bind(dag_id.as_str())
        .execute()
        .await?;
    Ok(())
}
