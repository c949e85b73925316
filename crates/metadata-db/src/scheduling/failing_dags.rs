//! `max_consecutive_failed_dag_runs`.

use updraft_core::{DagId, UtcDateTime, state::DagRunState};

use super::log::{NewLog, insert_log};
use crate::{Error, Tx, query::Source, value::DbDagRunState};

/// States of the newest runs of a DAG, by execution date.
pub async fn newest_run_states(
    tx: &mut Tx,
    dag_id: &DagId,
    limit: u32,
) -> Result<Vec<DagRunState>, Error> {
    let states: Vec<DbDagRunState> = tx
        .query(
            "SELECT r.state
             FROM dag_run r
             WHERE r.dag_id = $1
             ORDER BY r.execution_date DESC
             LIMIT $2",
        )
        .bind(dag_id.as_str())
        .bind(i64::from(limit))
        .fetch_scalars()
        .await?;
    Ok(states.into_iter().map(DagRunState::from).collect())
}

/// Pauses a DAG whose runs keep failing, and says so in the audit log.
pub async fn pause_failing_dag(tx: &mut Tx, dag_id: &DagId, now: UtcDateTime) -> Result<(), Error> {
    tx.query("UPDATE dag SET is_paused = TRUE WHERE dag_id = $1")
        .bind(dag_id.as_str())
        .execute()
        .await?;
    let log = NewLog {
        dag_id: dag_id.clone(),
        owner: Some("scheduler".to_owned()),
        ..NewLog::new("paused", dag_id.clone())
    };
    insert_log(tx, &[log], now).await
}
