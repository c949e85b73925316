//! `dag.next_dagrun` and its companions.

use serde::Serialize;
use updraft_core::{
    DagId, UtcDateTime,
    planner::{NextDagRun, NextDagRunChange},
};

use super::statement::statement;
use crate::{
    Error, Tx,
    query::{Dialects, Source},
    value::{DbTimestamp, json_parameter},
};

/// A DAG row of which a run is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DagDue {
    pub dag_id: DagId,
    pub next_dagrun: Option<UtcDateTime>,
    pub create_after: UtcDateTime,
}

/// Locks those of the DAG rows whose runs may be created now, and returns them. A row that somebody else holds (a DAG processor, another scheduler) is left out.
pub async fn lock_dags_due(
    tx: &mut Tx,
    dags: &[&DagId],
    now: UtcDateTime,
) -> Result<Vec<DagDue>, Error> {
    const LOCK: Dialects = statement!(
        "SELECT d.dag_id, d.next_dagrun, d.next_dagrun_create_after
         FROM dag d
         WHERE d.dag_id IN (SELECT v.dag_id FROM " { rows "$1" dag_id text } ")
           AND NOT COALESCE(d.is_paused, FALSE)
           AND COALESCE(d.is_active, FALSE)
           AND NOT COALESCE(d.has_import_errors, FALSE)
           AND d.next_dagrun_create_after <= $2
         ORDER BY d.dag_id"
        { postgres " FOR UPDATE OF d SKIP LOCKED" sqlite "" }
    );
    #[derive(Serialize)]
    struct Parameter<'a> {
        dag_id: &'a DagId,
    }
    if dags.is_empty() {
        return Ok(Vec::new());
    }
    let parameters: Vec<_> = dags.iter().map(|dag_id| Parameter { dag_id }).collect();
    let rows: Vec<(String, Option<DbTimestamp>, DbTimestamp)> = tx
        .query(LOCK)
        .bind(json_parameter(&parameters)?)
        .bind(DbTimestamp(now))
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|(dag_id, next, after)| DagDue {
            dag_id: dag_id.into(),
            next_dagrun: next.map(UtcDateTime::from),
            create_after: after.into(),
        })
        .collect())
}

/// One guarded change of a DAG's `next_dagrun*` columns.
#[derive(Clone, Copy, Debug)]
pub struct WriteNextDagRun<'a> {
    pub dag_id: &'a DagId,
    /// What the change was decided on: `next_dagrun` and `next_dagrun_create_after`. Nothing is
    /// written where the row says something else by now.
    pub seen: Option<NextDagRun>,
    pub change: NextDagRunChange,
}

#[derive(Serialize)]
struct Parameter<'a> {
    dag_id: &'a DagId,
    seen: Option<DbTimestamp>,
    seen_after: Option<DbTimestamp>,
    /// JSON's booleans become words on one engine and numbers on the other.
    only_after: i32,
    next: Option<DbTimestamp>,
    interval_start: Option<DbTimestamp>,
    interval_end: Option<DbTimestamp>,
    next_after: Option<DbTimestamp>,
}

impl<'a> From<&WriteNextDagRun<'a>> for Parameter<'a> {
    fn from(write: &WriteNextDagRun<'a>) -> Self {
        let create_after =
            |next: Option<NextDagRun>| next.and_then(|next| next.create_after).map(DbTimestamp);
        let next = match write.change {
            NextDagRunChange::Set(next) => Some(next),
            NextDagRunChange::HoldBack | NextDagRunChange::Clear => None,
        };
        Self {
            dag_id: write.dag_id,
            seen: write.seen.map(|seen| DbTimestamp(seen.logical_date)),
            seen_after: create_after(write.seen),
            only_after: i32::from(write.change == NextDagRunChange::HoldBack),
            next: next.map(|next| DbTimestamp(next.logical_date)),
            interval_start: next.map(|next| DbTimestamp(next.data_interval.start)),
            interval_end: next.map(|next| DbTimestamp(next.data_interval.end)),
            next_after: create_after(next),
        }
    }
}

/// Writes the changes, and returns the DAGs whose rows were as seen. A row that somebody else holds
/// (a DAG processor, another scheduler) is about to say something else, so it is left out.
pub async fn write_next_dagruns(
    tx: &mut Tx,
    writes: &[WriteNextDagRun<'_>],
) -> Result<Vec<DagId>, Error> {
    const WRITE: Dialects = statement!(
        "UPDATE dag
         SET next_dagrun = CASE WHEN v.only_after = 1 THEN dag.next_dagrun ELSE v.next END,
             next_dagrun_data_interval_start = CASE WHEN v.only_after = 1
                 THEN dag.next_dagrun_data_interval_start ELSE v.interval_start END,
             next_dagrun_data_interval_end = CASE WHEN v.only_after = 1
                 THEN dag.next_dagrun_data_interval_end ELSE v.interval_end END,
             next_dagrun_create_after = v.next_after
         FROM "
        {
            rows "$1" dag_id text, seen timestamptz, seen_after timestamptz, only_after int,
            next timestamptz, interval_start timestamptz, interval_end timestamptz,
            next_after timestamptz
        }
        " WHERE dag.dag_id = v.dag_id
           AND dag.next_dagrun IS NOT DISTINCT FROM v.seen
           AND (v.seen IS NULL
                OR dag.next_dagrun_create_after IS NOT DISTINCT FROM v.seen_after)"
        {
            postgres
            " AND dag.dag_id IN (
                 SELECT d.dag_id
                 FROM dag d
                 WHERE d.dag_id IN (SELECT w.dag_id FROM json_to_recordset($1) AS w(dag_id text))
                 ORDER BY d.dag_id
                 FOR UPDATE OF d SKIP LOCKED)"
            sqlite ""
        }
        " RETURNING dag.dag_id"
    );
    if writes.is_empty() {
        return Ok(Vec::new());
    }
    let parameters: Vec<_> = writes.iter().map(Parameter::from).collect();
    let written: Vec<String> = tx
        .query(WRITE)
        .bind(json_parameter(&parameters)?)
        .fetch_scalars()
        .await?;
    Ok(written.into_iter().map(DagId::from).collect())
}
