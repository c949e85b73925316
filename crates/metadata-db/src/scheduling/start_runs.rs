//! Queued runs that begin.

use std::collections::HashSet;

use serde::Serialize;
use updraft_core::{
    DagId, UtcDateTime,
    planner::{RunKey, StartRun},
};

use super::{key::RunKeyRow, statement::statement};
use crate::{
    Engine, Error, Tx,
    query::{Dialects, Source},
    value::{DbTimestamp, json_parameter},
};

#[derive(Serialize)]
struct Parameter<'a> {
    ordinal: usize,
    dag_id: &'a str,
    run_id: &'a str,
    max_active_runs: u32,
}

/// Sets those of the runs running that are still queued and for which their DAG has room, and
/// returns their keys. Rows that somebody else holds are left out.
pub async fn start_runs(
    tx: &mut Tx,
    runs: &[StartRun],
    now: UtcDateTime,
) -> Result<Vec<RunKey>, Error> {
    const START: Dialects = statement!(
        "WITH wanted AS (
             SELECT v.*, ROW_NUMBER() OVER (PARTITION BY v.dag_id ORDER BY v.ordinal) AS so_far
             FROM "
        { rows "$1" ordinal int, dag_id text, run_id text, max_active_runs bigint }
        "),
         active AS (
             SELECT r.dag_id, COUNT(*) AS runs
             FROM dag_run r
             WHERE r.state = 'running' AND r.dag_id IN (SELECT w.dag_id FROM wanted w)
             GROUP BY r.dag_id
         )
         UPDATE dag_run
         SET state = 'running',
             start_date = COALESCE(start_date, $2),
             end_date = NULL,
             updated_at = $2
         WHERE id IN (
             SELECT r.id
             FROM dag_run r
             JOIN wanted w ON w.dag_id = r.dag_id AND w.run_id = r.run_id
             LEFT JOIN active a ON a.dag_id = r.dag_id
             WHERE r.state = 'queued'
               AND w.so_far + COALESCE(a.runs, 0) <= w.max_active_runs
             ORDER BY r.id"
        { postgres " FOR UPDATE OF r SKIP LOCKED" sqlite "" }
        ")
         RETURNING dag_id, run_id"
    );
    let locked = lock_dags(tx, runs).await?;
    let parameters: Vec<_> = runs
        .iter()
        .filter(|start| locked.contains(&start.run.dag_id))
        .enumerate()
        .map(|(ordinal, start)| Parameter {
            ordinal,
            dag_id: start.run.dag_id.as_str(),
            run_id: start.run.run_id.as_str(),
            max_active_runs: start.max_active_runs,
        })
        .collect();
    if parameters.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<RunKeyRow> = tx
        .query(START)
        .bind(json_parameter(&parameters)?)
        .bind(DbTimestamp(now))
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(RunKey::from).collect())
}

/// Locks the rows of the runs' DAGs, so that no two schedulers count a DAG's running runs at once;
/// the next statement sees what the one before has started. On SQLite the write transaction is lock
/// enough. Stock takes no such lock: its schedulers rely on the lock of each queued run, and so may
/// we together with one of them exceed `max_active_runs`, as two of them may.
async fn lock_dags(tx: &mut Tx, runs: &[StartRun]) -> Result<HashSet<DagId>, Error> {
    #[derive(Serialize)]
    struct Named<'a> {
        dag_id: &'a DagId,
    }
    let dag_ids: HashSet<&DagId> = runs.iter().map(|start| &start.run.dag_id).collect();
    if dag_ids.is_empty() || Tx::engine(tx) == Engine::Sqlite {
        return Ok(dag_ids.into_iter().cloned().collect());
    }
    let parameters: Vec<_> = dag_ids.into_iter().map(|dag_id| Named { dag_id }).collect();
    let locked: Vec<String> = tx
        .query(
            "SELECT d.dag_id
             FROM dag d
             WHERE d.dag_id IN (SELECT v.dag_id FROM json_to_recordset($1) AS v(dag_id text))
             ORDER BY d.dag_id
             FOR NO KEY UPDATE OF d SKIP LOCKED",
        )
        .bind(json_parameter(&parameters)?)
        .fetch_scalars()
        .await?;
    Ok(locked.into_iter().map(DagId::from).collect())
}
