//! Locks on `dag_run` rows.

use updraft_core::planner::RunKey;

use super::{
    key::{RunKeyRow, run_keys},
    statement::statement,
};
use crate::{
    Error, Tx,
    query::{Dialects, Source},
};

/// Locks the rows of those runs that are still running and returns their keys.
///
/// Whoever moves a task instance out of none, `up_for_retry` or `up_for_reschedule` holds its run's
/// lock: Airflow's mini-scheduler writes SCHEDULED without looking at the state, protected by this
/// lock alone. A run that somebody else holds is left out; the caller plans it again soon. SQLite
/// has one writer at a time, so the transaction itself is the lock.
pub async fn lock_running_runs(tx: &mut Tx, runs: &[&RunKey]) -> Result<Vec<RunKey>, Error> {
    const LOCK: Dialects = statement!(
        "SELECT r.dag_id, r.run_id
         FROM dag_run r
         WHERE r.state = 'running'
           AND (r.dag_id, r.run_id) IN (SELECT v.dag_id, v.run_id FROM "
        { rows "$1" dag_id text, run_id text } ")
         ORDER BY r.id"
        { postgres " FOR UPDATE OF r SKIP LOCKED" sqlite "" }
    );
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<RunKeyRow> = tx
        .query(LOCK)
        .bind(run_keys(runs.iter().copied())?)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(RunKey::from).collect())
}
