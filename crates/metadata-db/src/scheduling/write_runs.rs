//! What a decision leaves on the run's own row.

use serde::Serialize;
use sqlx::FromRow;
use updraft_core::{UtcDateTime, planner::RunKey, state::DagRunState};

use super::statement::statement;
use crate::{
    Error, Tx,
    query::{Dialects, Source},
    value::{DbTimestamp, json_parameter},
};

/// A decision about a run whose row the caller has locked.
#[derive(Clone, Debug)]
pub struct WriteRun {
    pub run: RunKey,
    /// Where the run was brought in line with another definition.
    pub dag_hash: Option<String>,
    /// The state in which the run ends now.
    pub finish: Option<DagRunState>,
    /// The run ends because all of its task instances have: nothing is written where one has not.
    pub all_finished: bool,
}

/// A run that the decision was written to.
#[derive(Clone, Debug)]
pub struct WrittenRun {
    pub run: RunKey,
    pub start_date: Option<UtcDateTime>,
}

#[derive(Serialize)]
struct Parameter<'a> {
    dag_id: &'a str,
    run_id: &'a str,
    dag_hash: Option<&'a str>,
    state: Option<&'static str>,
    /// JSON's booleans become words on one engine and numbers on the other.
    all_finished: i32,
}

#[derive(FromRow)]
struct Row {
    dag_id: String,
    run_id: String,
    start_date: Option<DbTimestamp>,
}

/// Writes `last_scheduling_decision`, and where told the DAG's hash and the end, to those of the
/// runs that are still running. A task instance that was cleared unnoticed keeps its run from ending:
/// nobody would come back to it.
pub async fn write_runs(
    tx: &mut Tx,
    runs: &[WriteRun],
    now: UtcDateTime,
) -> Result<Vec<WrittenRun>, Error> {
    const WRITE: Dialects = statement!(
        "UPDATE dag_run
         SET last_scheduling_decision = $2,
             updated_at = $2,
             dag_hash = COALESCE(v.dag_hash, dag_run.dag_hash),
             state = COALESCE(v.state, dag_run.state),
             end_date = CASE WHEN v.state IS NULL THEN dag_run.end_date ELSE $2 END
         FROM " { rows "$1" dag_id text, run_id text, dag_hash text, state text,
            all_finished int }
        " WHERE dag_run.dag_id = v.dag_id
           AND dag_run.run_id = v.run_id
           AND dag_run.state = 'running'
           AND (v.all_finished = 0
                OR NOT EXISTS (
                    SELECT 1
                    FROM task_instance t
                    WHERE t.dag_id = dag_run.dag_id
                      AND t.run_id = dag_run.run_id
                      AND (t.state IS NULL OR t.state IN (
                          'scheduled', 'queued', 'running', 'restarting', 'up_for_retry',
                          'up_for_reschedule', 'deferred'))))
         RETURNING dag_run.dag_id, dag_run.run_id, dag_run.start_date"
    );
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let parameters: Vec<_> = runs
        .iter()
        .map(|write| Parameter {
            dag_id: write.run.dag_id.as_str(),
            run_id: write.run.run_id.as_str(),
            dag_hash: write.dag_hash.as_deref(),
            state: write.finish.map(DagRunState::as_str),
            all_finished: i32::from(write.all_finished),
        })
        .collect();
    let rows: Vec<Row> = tx
        .query(WRITE)
        .bind(json_parameter(&parameters)?)
        .bind(DbTimestamp(now))
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| WrittenRun {
            run: RunKey {
                dag_id: row.dag_id.into(),
                run_id: row.run_id.into(),
            },
            start_date: row.start_date.map(UtcDateTime::from),
        })
        .collect())
}
