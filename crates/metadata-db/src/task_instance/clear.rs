//! Clearing: task instances become as though they had not run.

use std::collections::HashMap;

use serde::Serialize;
use updraft_core::UtcDateTime;

use super::{
    clear_rows::{delete_reschedules, queue_runs, record_history, reset_others, restart_running},
    find::Found,
};
use crate::{
    Dialects, Error, JsonText, Source, Tx, changes, json_parameter,
    scheduling::{executor_config_pickle, statement::statement},
};

/// What a task says today; its instances are brought up to it when they are cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskDefinition {
    pub dag_id: String,
    pub task_id: String,
    pub retries: i32,
    pub pool: String,
    pub pool_slots: i32,
    /// `None` where only Python knows it; the instance keeps its own.
    pub priority_weight: Option<i32>,
    pub queue: String,
    pub executor: Option<String>,
    /// JSON text of the serialized executor configuration.
    pub executor_config: Option<String>,
    /// Class name.
    pub operator: String,
}

/// What becomes of the finished runs of cleared task instances. Unfinished ones stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClearedRuns {
    Queued,
    Unchanged,
}

#[derive(Serialize)]
struct Parameter<'a> {
    dag_id: &'a str,
    run_id: &'a str,
    task_id: &'a str,
    map_index: i32,
    state: &'a str,
    is_defined: bool,
    retries: Option<i32>,
    pool: Option<&'a str>,
    pool_slots: Option<i32>,
    priority_weight: Option<i32>,
    queue: Option<&'a str>,
    executor: Option<&'a str>,
    /// Pickle, in hexadecimal digits.
    executor_config: Option<String>,
    operator: Option<&'a str>,
}

/// Clears those of `found` that are still in the state that they were found in, and returns them.
///
/// A running one becomes `restarting`: its worker ends the process, and another try follows. All
/// others get no state, and as many further tries as their task has retries. As in Airflow, each
/// leaves the row of its last try in `task_instance_history`, its XComs stay until it runs again, and
/// finished runs are queued again.
pub async fn clear(
    tx: &mut Tx,
    found: &[Found],
    definitions: &[TaskDefinition],
    runs: ClearedRuns,
    now: UtcDateTime,
) -> Result<Vec<Found>, Error> {
    let kept = lock(tx, found).await?;
    if kept.is_empty() {
        return Ok(kept);
    }
    let instances = parameter(&kept, definitions)?;
    record_history(tx, &instances, now).await?;
    delete_reschedules(tx, &instances).await?;
    restart_running(tx, &instances, now).await?;
    reset_others(tx, &instances, now).await?;
    if runs == ClearedRuns::Queued {
        queue_runs(tx, &instances, now).await?;
    }
    changes::notify(tx, "dag_runs").await?;
    Ok(kept)
}

/// Locks runs first and task instances after them, each in one order, as the scheduler does.
async fn lock(tx: &mut Tx, found: &[Found]) -> Result<Vec<Found>, Error> {
    const RUNS: Dialects = statement!(
        "SELECT r.id
         FROM dag_run r
         WHERE (r.dag_id, r.run_id) IN (SELECT v.dag_id, v.run_id FROM "
        { rows "$1" dag_id text, run_id text } ")
         ORDER BY r.id"
        // SQLite's transaction is the only one that writes.
        { postgres " FOR UPDATE OF r" sqlite "" }
    );
    const INSTANCES: Dialects = statement!(
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state, t.operator
         FROM task_instance t
         JOIN "
        { rows "$1" dag_id text, run_id text, task_id text, map_index int, state text }
        " ON v.dag_id = t.dag_id AND v.run_id = t.run_id AND v.task_id = t.task_id
             AND v.map_index = t.map_index
         WHERE COALESCE(v.state, '') = COALESCE(t.state, '')
         ORDER BY t.dag_id, t.run_id, t.task_id, t.map_index"
        { postgres " FOR UPDATE OF t" sqlite "" }
    );
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let keys = json_parameter(found)?;
    tx.query(RUNS)
        .bind(keys.clone())
        .fetch_scalars::<i32>()
        .await?;
    tx.query(INSTANCES).bind(keys).fetch_all().await
}

fn parameter(found: &[Found], definitions: &[TaskDefinition]) -> Result<JsonText, Error> {
    let defined: HashMap<(&str, &str), (&TaskDefinition, String)> = definitions
        .iter()
        .map(|task| {
            let pickle = executor_config_pickle(task.executor_config.as_deref());
            (
                (task.dag_id.as_str(), task.task_id.as_str()),
                (task, pickle),
            )
        })
        .collect();
    let rows: Vec<Parameter> = found
        .iter()
        .map(|instance| {
            let defined = defined.get(&(instance.dag_id.as_str(), instance.task_id.as_str()));
            let task = defined.map(|(task, _)| *task);
            Parameter {
                dag_id: &instance.dag_id,
                run_id: &instance.run_id,
                task_id: &instance.task_id,
                map_index: instance.map_index,
                state: instance.state.as_deref().unwrap_or_default(),
                is_defined: task.is_some(),
                retries: task.map(|task| task.retries),
                pool: task.map(|task| task.pool.as_str()),
                pool_slots: task.map(|task| task.pool_slots),
                priority_weight: task.and_then(|task| task.priority_weight),
                queue: task.map(|task| task.queue.as_str()),
                executor: task.and_then(|task| task.executor.as_deref()),
                executor_config: defined.map(|(_, pickle)| pickle.clone()),
                operator: task.map(|task| task.operator.as_str()),
            }
        })
        .collect();
    json_parameter(&rows)
}
