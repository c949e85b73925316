//! What `depends_on_past` looks at.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use sqlx::FromRow;
use updraft_core::{
    MapIndex, TaskId,
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
#[derive(Clone, Debug)]
pub struct PastOf {
    /// `dag_run.id`.
    pub id: i32,
    /// With `catchup`, manual runs are not looked at.
    pub catchup: bool,
    /// Tasks of which it counts whether any earlier run has them.
    pub maybe_new: Vec<TaskId>,
}

/// For each run, by its id: the run right before with the states of its task instances, and those
/// of [`PastOf::maybe_new`] that any earlier run has.
pub async fn load_previous_runs(
    db: &Db,
    runs: &[PastOf],
) -> Result<HashMap<i32, PreviousRuns>, Error> {
    let mut past: HashMap<i32, PreviousRuns> = runs
        .iter()
        .map(|run| (run.id, PreviousRuns::default()))
        .collect();
    if runs.is_empty() {
        return Ok(past);
    }
    for row in load_states(db, runs).await? {
        add(past.entry(row.id).or_default(), row);
    }
    for row in load_seen(db, &unseen(runs, &past)).await? {
        let seen = &mut past.entry(row.id).or_default().tasks_seen;
        seen.insert(row.task_id.into());
    }
    Ok(past)
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

async fn load_states(db: &Db, runs: &[PastOf]) -> Result<Vec<StateRow>, Error> {
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
    #[derive(Serialize)]
    struct Parameter {
        id: i32,
        /// JSON's booleans become words on one engine and numbers on the other.
        catchup: i32,
    }
    let parameters: Vec<_> = runs
        .iter()
        .map(|run| Parameter {
            id: run.id,
            catchup: i32::from(run.catchup),
        })
        .collect();
    db.query(STATES)
        .bind(json_parameter(&parameters)?)
        .fetch_all()
        .await
}

fn add(previous: &mut PreviousRuns, row: StateRow) {
    let run = previous.run.get_or_insert_with(|| PreviousRun {
        run_id: row.run_id.into(),
        execution_date: row.execution_date.into(),
        instances: Vec::new(),
    });
    if let (Some(task_id), Some(map_index), Some(state)) = (
        row.task_id,
        row.map_index,
        TaskInstanceState::parse(row.state.as_deref()),
    ) {
        run.instances
            .push((task_id.into(), MapIndex(map_index), state));
    }
}

/// One task of which the run before has no instance.
#[derive(Serialize)]
struct Unseen<'a> {
    id: i32,
    task_id: &'a TaskId,
}

/// Nearly always there are none: tasks are rarely new.
fn unseen<'a>(runs: &'a [PastOf], past: &HashMap<i32, PreviousRuns>) -> Vec<Unseen<'a>> {
    let mut unseen = Vec::new();
    for run in runs {
        let previous = past.get(&run.id).and_then(|past| past.run.as_ref());
        let Some(previous) = previous else {
            // Without any run before, nothing is asked.
            continue;
        };
        let there: HashSet<&TaskId> = previous.instances.iter().map(|(id, _, _)| id).collect();
        let tasks = run.maybe_new.iter().filter(|task| !there.contains(task));
        unseen.extend(tasks.map(|task_id| Unseen {
            id: run.id,
            task_id,
        }));
    }
    unseen
}

#[derive(FromRow)]
struct SeenRow {
    id: i32,
    task_id: String,
}

async fn load_seen(db: &Db, unseen: &[Unseen<'_>]) -> Result<Vec<SeenRow>, Error> {
    const SEEN: Dialects = statement!(
        "SELECT v.id, v.task_id
         FROM " { rows "$1" id int, task_id text } "
         JOIN dag_run r ON r.id = v.id
         WHERE EXISTS (
             SELECT 1
             FROM task_instance t
             JOIN dag_run p ON p.dag_id = t.dag_id AND p.run_id = t.run_id
             WHERE t.dag_id = r.dag_id
               AND t.task_id = v.task_id
               AND p.execution_date < r.execution_date)"
    );
    if unseen.is_empty() {
        return Ok(Vec::new());
    }
    db.query(SEEN)
        .bind(json_parameter(unseen)?)
        .fetch_all()
        .await
}
