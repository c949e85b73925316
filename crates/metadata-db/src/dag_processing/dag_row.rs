//! Writing rows of `dag`.

use serde::Serialize;

use super::{
    dag_columns::{DagColumns, NextRunColumns},
    rows::{json, rows},
};
use crate::{DbTimestamp, Engine, Error, Source, Tx, json_parameter};

/// One row, as it shall be.
#[derive(Clone, Debug, Serialize)]
pub struct DagWrite<'a> {
    #[serde(flatten)]
    pub columns: &'a DagColumns,
    /// Of a new row only: afterwards the flag is the user's.
    pub is_paused: bool,
    #[serde(flatten)]
    pub next_run: NextRunColumns,
}

const COLUMNS: &str = "dag_id text, root_dag_id text, is_subdag boolean, fileloc text, \
    owners text, dag_display_name text, description text, default_view text, \
    schedule_interval text, timetable_description text, dataset_expression text, \
    max_active_tasks int, max_active_runs int, max_consecutive_failed_dag_runs int, \
    has_task_concurrency_limits boolean, is_paused boolean, next_dagrun timestamptz, \
    next_dagrun_data_interval_start timestamptz, next_dagrun_data_interval_end timestamptz, \
    next_dagrun_create_after timestamptz";

/// Inserts or updates the rows as freshly parsed: active, without import errors.
pub async fn write_dags(
    tx: &mut Tx,
    dags: &[DagWrite<'_>],
    processor_subdir: Option<&str>,
    now: DbTimestamp,
) -> Result<(), Error> {
    if dags.is_empty() {
        return Ok(());
    }
    let sql = upsert(tx.engine());
    tx.query(sql)
        .bind(json_parameter(dags)?)
        .bind(now)
        .bind(processor_subdir)
        .execute()
        .await?;
    Ok(())
}

fn upsert(engine: Engine) -> String {
    format!(
        "INSERT INTO dag (
             dag_id, root_dag_id, is_paused, is_subdag, is_active, has_import_errors,
             last_parsed_time, processor_subdir, fileloc, owners, dag_display_name, description,
             default_view, schedule_interval, timetable_description, dataset_expression,
             max_active_tasks, max_active_runs, max_consecutive_failed_dag_runs,
             has_task_concurrency_limits, next_dagrun, next_dagrun_data_interval_start,
             next_dagrun_data_interval_end, next_dagrun_create_after)
         SELECT
             v.dag_id, v.root_dag_id, v.is_paused, v.is_subdag, TRUE, FALSE,
             $2, $3, v.fileloc, v.owners, v.dag_display_name, v.description,
             v.default_view, v.schedule_interval, v.timetable_description, {expression},
             v.max_active_tasks, v.max_active_runs, v.max_consecutive_failed_dag_runs,
             v.has_task_concurrency_limits, v.next_dagrun, v.next_dagrun_data_interval_start,
             v.next_dagrun_data_interval_end, v.next_dagrun_create_after
         FROM {rows}
         WHERE TRUE
         ON CONFLICT (dag_id) DO UPDATE
         SET root_dag_id = excluded.root_dag_id,
             is_subdag = excluded.is_subdag,
             is_active = TRUE,
             has_import_errors = FALSE,
             last_parsed_time = excluded.last_parsed_time,
             processor_subdir = excluded.processor_subdir,
             fileloc = excluded.fileloc,
             owners = excluded.owners,
             dag_display_name = excluded.dag_display_name,
             description = excluded.description,
             default_view = excluded.default_view,
             schedule_interval = excluded.schedule_interval,
             timetable_description = excluded.timetable_description,
             dataset_expression = excluded.dataset_expression,
             max_active_tasks = excluded.max_active_tasks,
             max_active_runs = excluded.max_active_runs,
             max_consecutive_failed_dag_runs = excluded.max_consecutive_failed_dag_runs,
             has_task_concurrency_limits = excluded.has_task_concurrency_limits,
             next_dagrun = excluded.next_dagrun,
             next_dagrun_data_interval_start = excluded.next_dagrun_data_interval_start,
             next_dagrun_data_interval_end = excluded.next_dagrun_data_interval_end,
             next_dagrun_create_after = excluded.next_dagrun_create_after",
        expression = json(engine, "v.dataset_expression"),
        rows = rows(engine, "$1", COLUMNS),
    )
}
