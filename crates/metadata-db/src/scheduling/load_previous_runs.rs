//! What `depends_on_past` looks at.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use sqlx::FromRow;
use updraft_core::{
    MapIndex,
    planner::{PreviousRun, PreviousRuns},
    state::TaskInstanceState,
};

use super::statement::statement;
use crate::{
    Db, Dialects, Error,
    query::Source,
    value::{DbTimestamp, json_parameter},
};

/// A run whose past is asked for.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PastOf {
    /// `dag_run.id`.
    pub id: i32,
    /// With `catchup`, manual runs are not looked at.
    #[serde(serialize_with = "as_number")]
    pub catchup: bool,
}

/// JSON's booleans become words on one engine and numbers on the other.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn as_number<S: serde::Serializer>(value: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i32(i32::from(*value))
}

#[derive(FromRow)]
struct StateRow {
    id: i32,
    run_id: String,
    execution_date: DbTimestamp,
    task_id: Option<String>,
    map_index: Option<i32>,
    state: Option<String>,
}

#[derive(FromRow)]
struct SeenRow {
    id: i32,
    task_id: String,
}

/// For each run, by its id: the run right before with the states of its task instances, and the
/// tasks that any earlier run has.
pub async fn load_previous_runs(
    db: &Db,
    runs: &[PastOf],
) -> Result<HashMap<i32, PreviousRuns>, Error> {
    const STATES: Dialects = statement!(
        "SELECT v.id, p.run_id, p.execution_date, t.task_id, t.map_index, t.state
         FROM " { rows "$1" id int, catchup int } "
         JOIN dag_run r ON r.id = v.id
         JOIN dag_run p ON p.dag_id = r.dag_id
             AND p.execution_date = (
                 SELECT MAX(q.execution_date)
                 FROM dag_run q
                 WHERE q.dag_id = r.dag_id
                   AND q.execution_date < r.execution_date
                   AND (v.catchup = 0 OR q.run_type <> 'manual'))
         LEFT JOIN task_instance t ON t.dag_id = p.dag_id AND t.run_id = p.run_id"
    );
    const SEEN: Dialects = statement!(
        "SELECT DISTINCT v.id, t.task_id
         FROM " { rows "$1" id int, catchup int } "
         JOIN dag_run r ON r.id = v.id
         JOIN dag_run p ON p.dag_id = r.dag_id AND p.execution_date < r.execution_date
         JOIN task_instance t ON t.dag_id = p.dag_id AND t.run_id = p.run_id"
    );
    let mut past: HashMap<i32, PreviousRuns> = runs
        .iter()
        .map(|run| (run.id, PreviousRuns::default()))
        .collect();
    if runs.is_empty() {
        return Ok(past);
    }
    let states: Vec<StateRow> = db
        .query(STATES)
        .bind(json_parameter(runs)?)
        .fetch_all()
        .await?;
    for row in states {
        let previous = past
            .entry(row.id)
            .or_default()
            .run
            .get_or_insert_with(|| PreviousRun {
                run_id: row.run_id.into(),
                execution_date: row.execution_date.into(),
                instances: Vec::new(),
            });
        if let (Some(task_id), Some(map_index), Some(state)) = (
            row.task_id,
            row.map_index,
            TaskInstanceState::parse(row.state.as_deref()),
        ) {
            previous
                .instances
                .push((task_id.into(), MapIndex(map_index), state));
        }
    }
    let seen: Vec<SeenRow> = db
        .query(SEEN)
        .bind(json_parameter(runs)?)
        .fetch_all()
        .await?;
    let mut tasks: HashMap<i32, HashSet<_>> = HashMap::new();
    for row in seen {
        tasks.entry(row.id).or_default().insert(row.task_id.into());
    }
    for (id, tasks_seen) in tasks {
        past.entry(id).or_default().tasks_seen = tasks_seen;
    }
    Ok(past)
}
