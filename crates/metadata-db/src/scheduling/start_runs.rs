//! Queued runs that begin.

use updraft_core::{UtcDateTime, planner::RunKey};

use super::{
    key::{RunKeyRow, run_keys},
    statement::statement,
};
use crate::{
    Error, Tx,
    query::{Dialects, Source},
    value::DbTimestamp,
};

/// Sets those of the runs running that are still queued and that nobody else holds; returns them.
pub async fn start_runs(
    tx: &mut Tx,
    runs: &[RunKey],
    now: UtcDateTime,
) -> Result<Vec<RunKey>, Error> {
    const START: Dialects = statement!(
        "UPDATE dag_run
         SET state = 'running',
             start_date = COALESCE(start_date, $2),
             end_date = NULL,
             updated_at = $2
         WHERE id IN (
             SELECT r.id
             FROM dag_run r
             WHERE r.state = 'queued'
               AND (r.dag_id, r.run_id) IN (SELECT v.dag_id, v.run_id FROM "
        { rows "$1" dag_id text, run_id text } ")
             ORDER BY r.id"
        { postgres " FOR UPDATE OF r SKIP LOCKED" sqlite "" }
        ")
         RETURNING dag_id, run_id"
    );
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<RunKeyRow> = tx
        .query(START)
        .bind(run_keys(runs)?)
        .bind(DbTimestamp(now))
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(RunKey::from).collect())
}
