//! Keys of rows, as list parameters and as results.

use serde::Serialize;
use sqlx::FromRow;
use updraft_core::{MapIndex, TaskInstanceKey, planner::RunKey, state::TaskInstanceState};

use crate::{Error, value::JsonText, value::json_parameter};

#[derive(FromRow)]
pub(super) struct RunKeyRow {
    dag_id: String,
    run_id: String,
}

impl From<RunKeyRow> for RunKey {
    fn from(row: RunKeyRow) -> Self {
        Self {
            dag_id: row.dag_id.into(),
            run_id: row.run_id.into(),
        }
    }
}

#[derive(FromRow)]
pub(super) struct TaskInstanceKeyRow {
    dag_id: String,
    run_id: String,
    task_id: String,
    map_index: i32,
}

impl From<TaskInstanceKeyRow> for TaskInstanceKey {
    fn from(row: TaskInstanceKeyRow) -> Self {
        Self {
            dag_id: row.dag_id.into(),
            run_id: row.run_id.into(),
            task_id: row.task_id.into(),
            map_index: MapIndex(row.map_index),
        }
    }
}

#[derive(Serialize)]
struct RunKeyParameter<'a> {
    dag_id: &'a str,
    run_id: &'a str,
}

/// `[{"dag_id": …, "run_id": …}, …]`
pub(super) fn run_keys<'a>(runs: impl IntoIterator<Item = &'a RunKey>) -> Result<JsonText, Error> {
    let rows: Vec<_> = runs
        .into_iter()
        .map(|run| RunKeyParameter {
            dag_id: run.dag_id.as_str(),
            run_id: run.run_id.as_str(),
        })
        .collect();
    json_parameter(&rows)
}

/// Serializes a state as its column's text, none as null.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
pub(super) fn state_name<S: serde::Serializer>(
    state: &TaskInstanceState,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    state.as_db().serialize(serializer)
}

#[derive(Serialize)]
struct RunIdParameter {
    id: i32,
}

/// `[{"id": …}, …]`
pub(super) fn run_ids(dag_run_ids: &[i32]) -> Result<JsonText, Error> {
    let rows: Vec<_> = dag_run_ids
        .iter()
        .map(|&id| RunIdParameter { id })
        .collect();
    json_parameter(&rows)
}
