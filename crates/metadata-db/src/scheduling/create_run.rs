//! New rows of `dag_run`.

use sqlx::FromRow;
use updraft_core::{UtcDateTime, planner::CreateRun};

use crate::{Error, Tx, query::Source, value::DbTimestamp};

#[derive(FromRow)]
struct Id {
    id: i32,
}

/// Inserts a queued run and returns its id; `None` where a run of that DAG with the same execution
/// date or run id exists.
pub async fn create_run(
    tx: &mut Tx,
    run: &CreateRun,
    creating_job_id: i32,
    now: UtcDateTime,
) -> Result<Option<i32>, Error> {
    let row: Option<Id> = tx
        .query(
            "INSERT INTO dag_run (
                 dag_id, run_id, run_type, state, queued_at, execution_date,
                 data_interval_start, data_interval_end, external_trigger, creating_job_id,
                 conf, dag_hash, log_template_id, updated_at, clear_number)
             VALUES (
                 $1, $2, $3, 'queued', $4, $5,
                 $6, $7, FALSE, $8,
                 $9, $10, (SELECT MAX(id) FROM log_template), $4, 0)
             ON CONFLICT DO NOTHING
             RETURNING id",
        )
        .bind(run.dag_id.as_str())
        .bind(run.run_id.as_str())
        .bind(run.run_type.as_str())
        .bind(DbTimestamp(now))
        .bind(DbTimestamp(run.execution_date))
        .bind(DbTimestamp(run.data_interval.start))
        .bind(DbTimestamp(run.data_interval.end))
        .bind(creating_job_id)
        .bind(crate::pickle::EMPTY_DICT)
        .bind(run.dag_hash.as_str())
        .fetch_optional()
        .await?;
    Ok(row.map(|row| row.id))
}
