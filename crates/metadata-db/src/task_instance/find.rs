//! Which task instances fit.

use serde::Serialize;
use sqlx::FromRow;
use updraft_core::{UtcDateTime, state::TaskInstanceState};

use crate::{
    DbTimestamp, Dialects, Error, Source, json_parameter, scheduling::statement::statement,
};

/// What to look for in one DAG; what is `None` or empty does not matter.
#[derive(Clone, Debug, Default)]
pub struct Selection<'a> {
    pub dag_id: &'a str,
    pub run_id: Option<&'a str>,
    pub task_ids: Option<Vec<&'a str>>,
    /// Logical dates of runs, both ends included.
    pub start_date: Option<UtcDateTime>,
    pub end_date: Option<UtcDateTime>,
    pub states: &'a [TaskInstanceState],
}

/// A task instance and the state that it was found in.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, Serialize)]
pub struct Found {
    pub dag_id: String,
    pub run_id: String,
    pub task_id: String,
    pub map_index: i32,
    pub state: Option<String>,
    /// Class name.
    pub operator: Option<String>,
}

/// The task instances that fit, by logical date and task.
pub async fn find<'c>(
    source: impl Source<'c>,
    selection: &Selection<'_>,
) -> Result<Vec<Found>, Error> {
    const FIND: Dialects = statement!(
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state, t.operator
         FROM task_instance t
         JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id
         WHERE t.dag_id = $1
           AND ($2 IS NULL OR t.run_id = $2)
           AND ($3 IS NULL OR r.execution_date >= $3)
           AND ($4 IS NULL OR r.execution_date <= $4)
           AND (NOT $5 OR t.task_id IN "
        { postgres "(SELECT json_array_elements_text($6))" sqlite "(SELECT value FROM json_each($6))" }
        ") AND (NOT $7 OR COALESCE(t.state, '') IN "
        { postgres "(SELECT json_array_elements_text($8))" sqlite "(SELECT value FROM json_each($8))" }
        ")
         ORDER BY r.execution_date, t.task_id, t.map_index"
    );
    let states: Vec<&str> = selection
        .states
        .iter()
        .map(|state| state.as_db().unwrap_or_default())
        .collect();
    let task_ids = selection.task_ids.as_deref();
    source
        .query(FIND)
        .bind(selection.dag_id.to_owned())
        .bind(selection.run_id.map(str::to_owned))
        .bind(selection.start_date.map(DbTimestamp))
        .bind(selection.end_date.map(DbTimestamp))
        .bind(task_ids.is_some())
        .bind(json_parameter(task_ids.unwrap_or_default())?)
        .bind(!states.is_empty())
        .bind(json_parameter(&states)?)
        .fetch_all()
        .await
}
