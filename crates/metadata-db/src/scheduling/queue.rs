//! The critical section: task instances that take their slots and go to an executor.

use serde::Serialize;
use sqlx::FromRow;
use updraft_core::{TaskInstanceKey, UtcDateTime, state::TaskInstanceState};

use super::{
    key::{TaskInstanceKeyRow, state_name},
    queue_postgres,
    statement::statement,
};
use crate::{
    Db, Engine, Error, Tx,
    query::{Dialects, Source},
    value::{DbTimestamp, json_parameter},
};

/// One task instance to queue. Nothing is written where the row is not in state `from` with try
/// number `from_try_number` any more, where its run does not run, where its DAG is paused, where
/// its pool has not enough open slots, or where a limit of its DAG or task is reached.
#[derive(Clone, Debug, Serialize)]
pub struct QueueTaskInstance {
    #[serde(flatten)]
    pub key: TaskInstanceKey,
    #[serde(rename = "state_from", serialize_with = "state_name")]
    pub from: TaskInstanceState,
    #[serde(rename = "try_from")]
    pub from_try_number: i32,
    #[serde(rename = "try_to")]
    pub try_number: i32,
    pub pool: String,
    pub pool_slots: i32,
    pub max_active_tasks: i32,
    pub max_active_tis_per_dag: Option<i32>,
    pub max_active_tis_per_dagrun: Option<i32>,
    /// Written in the same update, so that a claim can tell this queueing from any other.
    pub external_executor_id: String,
}

/// What came of an attempt to queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Queueing {
    /// Another scheduler is in its critical section.
    Busy,
    /// These were queued.
    Done(Vec<QueuedTaskInstance>),
}

/// A task instance that this scheduler queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedTaskInstance {
    pub key: TaskInstanceKey,
    pub try_number: i32,
    pub external_executor_id: String,
}

#[derive(FromRow)]
pub(super) struct Queued {
    #[sqlx(flatten)]
    key: TaskInstanceKeyRow,
    try_number: i32,
    external_executor_id: String,
}

impl From<Queued> for QueuedTaskInstance {
    fn from(row: Queued) -> Self {
        Self {
            key: row.key.into(),
            try_number: row.try_number,
            external_executor_id: row.external_executor_id,
        }
    }
}

#[derive(Serialize)]
struct Parameter<'a> {
    #[serde(flatten)]
    task: &'a QueueTaskInstance,
    ordinal: usize,
}

/// With more, the time of a round trip is nothing, and the message would be megabytes of text.
const TOGETHER: usize = 200;

/// Queues what still may be queued of `tasks`, which come in the order of their claims on slots: in a
/// transaction of its own, with as few round trips as the engine allows.
pub async fn queue_now(
    db: &Db,
    tasks: &[QueueTaskInstance],
    job_id: i32,
    now: UtcDateTime,
) -> Result<Queueing, Error> {
    if tasks.is_empty() {
        return Ok(Queueing::Done(Vec::new()));
    }
    let wanted: Vec<_> = tasks
        .iter()
        .enumerate()
        .map(|(ordinal, task)| Parameter { task, ordinal })
        .collect();
    let wanted = json_parameter(&wanted)?;
    if let Some(pool) = db.preparing_pool()
        && pool.keeps_sessions()
        && tasks.len() <= TOGETHER
        && let Some(queueing) = queue_postgres::queue(pool, &wanted, job_id, now).await?
    {
        return Ok(queueing);
    }
    let mut tx = db.begin_relaxed().await?;
    if !enter_critical_section(&mut tx).await? {
        tx.rollback().await?;
        return Ok(Queueing::Busy);
    }
    let rows: Vec<Queued> = tx
        .query(QUEUE)
        .bind(wanted)
        .bind(DbTimestamp(now))
        .bind(job_id)
        .fetch_all()
        .await?;
    tx.commit().await?;
    Ok(Queueing::Done(
        rows.into_iter().map(QueuedTaskInstance::from).collect(),
    ))
}

/// On SQLite the write transaction is lock enough.
async fn enter_critical_section(tx: &mut Tx) -> Result<bool, Error> {
    if Tx::engine(tx) == Engine::Sqlite {
        return Ok(true);
    }
    match tx.query(ENTER).fetch_scalar().await {
        Err(error) if error.is_lock_not_available() => Ok(false),
        entered => entered,
    }
}

// The locks of Airflow's critical section: whoever counts pool slots and active task instances holds
// them, so that what the next statement counts is exact. That statement looks at the setting, which
// ends with the transaction: it may be sent before it is known whether the locks were to be had.
pub(super) const ENTER: &str = "WITH critical_section AS MATERIALIZED (
         SELECT set_config(
             'updraft.critical_section', pg_try_advisory_xact_lock(2)::text, TRUE) = 'true'
             AS entered
     ),
     locked AS (
         SELECT p.id
         FROM slot_pool p
         JOIN critical_section c ON c.entered
         ORDER BY p.id
         FOR UPDATE OF p NOWAIT
     )
     SELECT COUNT(*) > 0 AS entered
     FROM locked";

// A row that leaves none, up_for_retry or up_for_reschedule needs its run's lock (see
// `lock_running_runs`); one that was scheduled before does not. PostgreSQL looks at the guards of
// a row again if it changed after the statement began.
//
// Active are all task instances that an index names by their state: few, however large the DAGs
// are. An earlier entry counts even where it turns out not to be queued; what is refused because of
// that is planned again.
pub(super) const QUEUE: Dialects = statement!(
    "WITH wanted AS (
         SELECT v.*,
             SUM(v.pool_slots) OVER (PARTITION BY v.pool ORDER BY v.ordinal) AS pool_slots_so_far,
             ROW_NUMBER() OVER (PARTITION BY v.dag_id ORDER BY v.ordinal) AS so_far_of_dag,
             ROW_NUMBER() OVER (
                 PARTITION BY v.dag_id, v.task_id ORDER BY v.ordinal) AS so_far_of_task,
             ROW_NUMBER() OVER (
                 PARTITION BY v.dag_id, v.run_id, v.task_id ORDER BY v.ordinal) AS so_far_of_run
         FROM "
    {
        rows "$1" ordinal int, dag_id text, run_id text, task_id text, map_index int,
        state_from text, try_from int, try_to int, pool text, pool_slots int,
        max_active_tasks int, max_active_tis_per_dag int, max_active_tis_per_dagrun int,
        external_executor_id text
    }
    "),
     locked AS (
         SELECT r.dag_id, r.run_id
         FROM dag_run r
         WHERE (r.dag_id, r.run_id) IN (
             SELECT w.dag_id, w.run_id
             FROM wanted w
             WHERE w.state_from IS DISTINCT FROM 'scheduled')
         ORDER BY r.id"
    { postgres " FOR UPDATE OF r SKIP LOCKED" sqlite "" }
    "),
     active AS MATERIALIZED (
         SELECT t.dag_id, t.run_id, t.task_id, t.pool, t.pool_slots, t.state
         FROM task_instance t
         WHERE t.state IN ('queued', 'running', 'deferred')
     ),
     occupied AS (
         SELECT a.pool, SUM(a.pool_slots) AS pool_slots
         FROM active a
         JOIN slot_pool p ON p.pool = a.pool
         WHERE a.state <> 'deferred' OR p.include_deferred
         GROUP BY a.pool
     ),
     of_run AS (
         SELECT a.dag_id, a.run_id, a.task_id, COUNT(*) AS active
         FROM active a
         WHERE a.state <> 'deferred'
         GROUP BY a.dag_id, a.run_id, a.task_id
     ),
     of_task AS (
         SELECT a.dag_id, a.task_id, SUM(a.active) AS active
         FROM of_run a
         GROUP BY a.dag_id, a.task_id
     ),
     of_dag AS (
         SELECT a.dag_id, SUM(a.active) AS active
         FROM of_task a
         GROUP BY a.dag_id
     ),
     fitting AS (
         SELECT w.*
         FROM wanted w
         JOIN dag_run r ON r.dag_id = w.dag_id AND r.run_id = w.run_id
         JOIN dag d ON d.dag_id = w.dag_id
         JOIN slot_pool p ON p.pool = w.pool
         LEFT JOIN occupied o ON o.pool = w.pool
         LEFT JOIN of_dag ON of_dag.dag_id = w.dag_id
         LEFT JOIN of_task ON of_task.dag_id = w.dag_id AND of_task.task_id = w.task_id
         LEFT JOIN of_run ON of_run.dag_id = w.dag_id
             AND of_run.run_id = w.run_id
             AND of_run.task_id = w.task_id
         WHERE r.state = 'running'
           AND NOT COALESCE(d.is_paused, FALSE)"
    { postgres "
           AND current_setting('updraft.critical_section', TRUE) = 'true'" sqlite "" }
    "
           AND (p.slots < 0 OR w.pool_slots_so_far + COALESCE(o.pool_slots, 0) <= p.slots)
           AND w.so_far_of_dag + COALESCE(of_dag.active, 0) <= w.max_active_tasks
           AND (w.max_active_tis_per_dag IS NULL
                OR w.so_far_of_task + COALESCE(of_task.active, 0) <= w.max_active_tis_per_dag)
           AND (w.max_active_tis_per_dagrun IS NULL
                OR w.so_far_of_run + COALESCE(of_run.active, 0) <= w.max_active_tis_per_dagrun)
           AND (w.state_from IS NOT DISTINCT FROM 'scheduled'
                OR (w.dag_id, w.run_id) IN (SELECT l.dag_id, l.run_id FROM locked l))
     )
     UPDATE task_instance
     SET state = 'queued',
         try_number = f.try_to,
         queued_dttm = $2,
         queued_by_job_id = $3,
         external_executor_id = f.external_executor_id,
         updated_at = $2
     FROM fitting f
     WHERE task_instance.dag_id = f.dag_id
       AND task_instance.task_id = f.task_id
       AND task_instance.run_id = f.run_id
       AND task_instance.map_index = f.map_index
       AND task_instance.state IS NOT DISTINCT FROM f.state_from
       AND COALESCE(task_instance.try_number, 0) = f.try_from
     RETURNING task_instance.dag_id, task_instance.run_id, task_instance.task_id,
         task_instance.map_index, task_instance.try_number, task_instance.external_executor_id"
);
