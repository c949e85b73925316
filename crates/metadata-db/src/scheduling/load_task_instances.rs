//! Task instances of runs that are not finished.

use sqlx::FromRow;
use updraft_core::{
    MapIndex, TaskId, TaskInstanceKey, UtcDateTime,
    planner::{RunKey, TaskInstance},
    state::TaskInstanceState,
};

use super::{key::run_ids, statement::statement};
use crate::{Dialects, Error, query::Source, value::DbTimestamp};

/// A `task_instance` row with the run that it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskInstanceRow {
    pub dag_run_id: i32,
    pub task_id: TaskId,
    pub instance: TaskInstance,
    pub external_executor_id: Option<String>,
    /// JSON of the XCom `skipmixin_key`, where the task instance is finished and left one.
    pub skip_decision: Option<Vec<u8>>,
}

impl TaskInstanceRow {
    /// The row's key; `run` is the run that it was read with.
    pub fn key(&self, run: &RunKey) -> TaskInstanceKey {
        TaskInstanceKey {
            dag_id: run.dag_id.clone(),
            run_id: run.run_id.clone(),
            task_id: self.task_id.clone(),
            map_index: self.instance.map_index,
        }
    }
}

#[derive(FromRow)]
struct Row {
    dag_run_id: i32,
    task_id: String,
    map_index: i32,
    state: Option<String>,
    try_number: i32,
    max_tries: i32,
    start_date: Option<DbTimestamp>,
    end_date: Option<DbTimestamp>,
    pool: String,
    pool_slots: i32,
    priority_weight: i32,
    queue: String,
    executor: Option<String>,
    queued_by_job_id: Option<i32>,
    job_id: Option<i32>,
    queued_dttm: Option<DbTimestamp>,
    external_executor_id: Option<String>,
    reschedule_date: Option<DbTimestamp>,
    skip_decision: Option<Vec<u8>>,
}

impl Row {
    /// `None` for a state that Airflow 2.10 does not have.
    fn known(self) -> Option<TaskInstanceRow> {
        let state = TaskInstanceState::parse(self.state.as_deref())?;
        Some(TaskInstanceRow {
            dag_run_id: self.dag_run_id,
            task_id: self.task_id.into(),
            instance: TaskInstance {
                map_index: MapIndex(self.map_index),
                state,
                try_number: self.try_number,
                max_tries: self.max_tries,
                start_date: self.start_date.map(UtcDateTime::from),
                end_date: self.end_date.map(UtcDateTime::from),
                pool: self.pool,
                pool_slots: self.pool_slots,
                priority_weight: self.priority_weight,
                queue: self.queue,
                executor: self.executor,
                queued_by_job_id: self.queued_by_job_id,
                job_id: self.job_id,
                queued_dttm: self.queued_dttm.map(UtcDateTime::from),
                reschedule_date: self.reschedule_date.map(UtcDateTime::from),
            },
            external_executor_id: self.external_executor_id,
            skip_decision: self.skip_decision,
        })
    }
}

fn known(rows: Vec<Row>) -> Vec<TaskInstanceRow> {
    rows.into_iter()
        .filter_map(|row| {
            let (task_id, state) = (row.task_id.clone(), row.state.clone());
            let known = row.known();
            if known.is_none() {
                tracing::warn!(
                    task.id = task_id,
                    state,
                    "a task instance has a state that Airflow 2.10 does not know; it is left alone"
                );
            }
            known
        })
        .collect()
}

macro_rules! select_task_instances {
    ($($condition:tt)+) => {
        statement!(
            "SELECT r.id AS dag_run_id, t.task_id, t.map_index, t.state,
                 COALESCE(t.try_number, 0) AS try_number, COALESCE(t.max_tries, 0) AS max_tries,
                 t.start_date, t.end_date, t.pool, t.pool_slots,
                 COALESCE(t.priority_weight, 1) AS priority_weight,
                 COALESCE(t.queue, 'default') AS queue, t.executor, t.queued_by_job_id, t.job_id,
                 t.queued_dttm, t.external_executor_id,
                 CASE WHEN t.state = 'up_for_reschedule' THEN (
                     SELECT s.reschedule_date
                     FROM task_reschedule s
                     WHERE s.dag_id = t.dag_id
                       AND s.task_id = t.task_id
                       AND s.run_id = t.run_id
                       AND s.map_index = t.map_index
                       AND s.try_number = t.try_number
                     ORDER BY s.id DESC
                     LIMIT 1
                 ) END AS reschedule_date,
                 CASE WHEN t.state IN ('success', 'skipped', 'failed', 'upstream_failed') THEN (
                     SELECT x.value
                     FROM xcom x
                     WHERE x.dag_run_id = r.id
                       AND x.task_id = t.task_id
                       AND x.map_index = t.map_index
                       AND x.key = 'skipmixin_key'
                 ) END AS skip_decision
             FROM dag_run r
             JOIN task_instance t ON t.dag_id = r.dag_id AND t.run_id = r.run_id
             WHERE "
            $($condition)+
        )
    };
}

/// All task instances of these runs.
pub async fn load_task_instances<'c>(
    source: impl Source<'c>,
    dag_run_ids: &[i32],
) -> Result<Vec<TaskInstanceRow>, Error> {
    const LOAD: Dialects = select_task_instances!(
        "r.id IN (SELECT v.id FROM " { rows "$1" id int } ")"
    );
    if dag_run_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = source
        .query(LOAD)
        .bind(run_ids(dag_run_ids)?)
        .fetch_all()
        .await?;
    Ok(known(rows))
}

/// Task instances of queued and running runs that were written at `since` or later.
pub async fn load_changed_task_instances<'c>(
    source: impl Source<'c>,
    since: UtcDateTime,
) -> Result<Vec<TaskInstanceRow>, Error> {
    const LOAD: Dialects =
        select_task_instances!("r.state IN ('queued', 'running') AND t.updated_at >= $1");
    let rows: Vec<Row> = source
        .query(LOAD)
        .bind(DbTimestamp(since))
        .fetch_all()
        .await?;
    Ok(known(rows))
}

/// One task instance; `None` where its row is gone.
pub async fn load_task_instance<'c>(
    source: impl Source<'c>,
    run: &RunKey,
    task_id: &TaskId,
    map_index: MapIndex,
) -> Result<Option<TaskInstanceRow>, Error> {
    const LOAD: Dialects = select_task_instances!(
        "r.dag_id = $1 AND r.run_id = $2 AND t.task_id = $3 AND t.map_index = $4"
    );
    let row: Option<Row> = source
        .query(LOAD)
        .bind(run.dag_id.as_str())
        .bind(run.run_id.as_str())
        .bind(task_id.as_str())
        .bind(map_index.0)
        .fetch_optional()
        .await?;
    Ok(row.and_then(Row::known))
}
