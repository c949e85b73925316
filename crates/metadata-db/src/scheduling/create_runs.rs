//! New rows of `dag_run`.

use serde::Serialize;
use sqlx::FromRow;
use updraft_core::{
    UtcDateTime,
    planner::{CreateRun, RunKey},
};

use super::{key::RunKeyRow, statement::statement};
use crate::{
    Error, Tx,
    query::{Dialects, Source},
    value::{DbTimestamp, json_parameter},
};

/// A row that was inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedRun {
    pub key: RunKey,
    pub id: i32,
}

#[derive(FromRow)]
struct Created {
    #[sqlx(flatten)]
    key: RunKeyRow,
    id: i32,
}

#[derive(Serialize)]
struct Parameter<'a> {
    dag_id: &'a str,
    run_id: &'a str,
    run_type: &'a str,
    execution_date: DbTimestamp,
    interval_start: DbTimestamp,
    interval_end: DbTimestamp,
    dag_hash: &'a str,
}

/// Inserts queued runs. Those are not returned of which the DAG has a run with the same execution date
/// or run id.
pub async fn create_runs(
    tx: &mut Tx,
    runs: &[&CreateRun],
    creating_job_id: i32,
    now: UtcDateTime,
) -> Result<Vec<CreatedRun>, Error> {
    const INSERT: Dialects = statement!(
        "INSERT INTO dag_run (
             dag_id, run_id, run_type, state, queued_at, execution_date,
             data_interval_start, data_interval_end, external_trigger, creating_job_id,
             conf, dag_hash, log_template_id, updated_at, clear_number)
         SELECT
             v.dag_id, v.run_id, v.run_type, 'queued', $2, v.execution_date,
             v.interval_start, v.interval_end, FALSE, $3,
             $4, v.dag_hash, (SELECT MAX(id) FROM log_template), $2, 0
         FROM "
        {
            rows "$1" dag_id text, run_id text, run_type text, execution_date timestamptz,
            interval_start timestamptz, interval_end timestamptz, dag_hash text
        }
        " WHERE TRUE
         ON CONFLICT DO NOTHING
         RETURNING dag_id, run_id, id"
    );
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let parameters: Vec<_> = runs
        .iter()
        .map(|run| Parameter {
            dag_id: run.dag_id.as_str(),
            run_id: run.run_id.as_str(),
            run_type: run.run_type.as_str(),
            execution_date: DbTimestamp(run.execution_date),
            interval_start: DbTimestamp(run.data_interval.start),
            interval_end: DbTimestamp(run.data_interval.end),
            dag_hash: &run.dag_hash,
        })
        .collect();
    let rows: Vec<Created> = tx
        .query(INSERT)
        .bind(json_parameter(&parameters)?)
        .bind(DbTimestamp(now))
        .bind(creating_job_id)
        .bind(crate::pickle::EMPTY_DICT)
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| CreatedRun {
            key: row.key.into(),
            id: row.id,
        })
        .collect())
}
