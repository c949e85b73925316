//! Tries whose supervisor died with them.

use sqlx::FromRow;
use updraft_core::{
    DagId, MapIndex, TaskInstanceKey, UtcDateTime,
    failure::{AfterFailure, FailureCause, FailureFacts, OnWorkerLoss, on_failure},
    state::TaskInstanceState,
};

use super::{
    finish::ProcessEnd,
    record::{TryEvent, close_job, close_try, insert_log, insert_task_fail, record_history},
    try_key::{Running, TryKey, bind_key},
};
use crate::{Error, Tx, query::Source, value::DbTimestamp};

/// A try that a dead supervisor was watching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostTry {
    /// Empty where no supervisor of ours ran it.
    pub tag: String,
    pub key: TaskInstanceKey,
    pub try_number: i32,
    pub job_id: i32,
    /// The user that its process ran as, where it is not the supervisor's own.
    pub run_as_user: Option<String>,
}

/// The tries of a supervisor whose end is not stored.
pub async fn live_tries<'c>(
    source: impl Source<'c>,
    supervisor_id: &str,
) -> Result<Vec<LostTry>, Error> {
    #[derive(FromRow)]
    struct Row {
        tag: String,
        dag_id: String,
        run_id: String,
        task_id: String,
        map_index: i32,
        try_number: i32,
        job_id: i32,
        run_as_user: Option<String>,
    }
    let rows: Vec<Row> = source
        .query(
            "SELECT tag, dag_id, run_id, task_id, map_index, try_number,
                 COALESCE(job_id, -1) AS job_id, run_as_user
             FROM updraft_task_try
             WHERE supervisor_id = $1 AND ended_at IS NULL",
        )
        .bind(supervisor_id)
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| LostTry {
            tag: row.tag,
            key: TaskInstanceKey {
                dag_id: row.dag_id.into(),
                run_id: row.run_id.into(),
                task_id: row.task_id.into(),
                map_index: MapIndex(row.map_index),
            },
            try_number: row.try_number,
            job_id: row.job_id,
            run_as_user: row.run_as_user,
        })
        .collect())
}

impl LostTry {
    /// A text that names this try alone: its tag, or for the try of another component's worker one
    /// that no tag has. Every try has a job of its own.
    pub fn id(&self) -> String {
        if self.tag.is_empty() {
            format!("job {}", self.job_id)
        } else {
            self.tag.clone()
        }
    }
}

/// Ends a lost try. Every process of it must be dead. Gives the state that its task instance has
/// now, or `None` where it had none to lose any more: its end was written, or somebody else has
/// decided about it.
///
/// A try that is run again does not wait for the task's retry delay, which is meant for failures
/// of the task: its successor is scheduled at once.
pub async fn end_lost_try(
    tx: &mut Tx,
    lost: &LostTry,
    on_worker_loss: OnWorkerLoss,
    now: UtcDateTime,
) -> Result<Option<TaskInstanceState>, Error> {
    let by = TryKey {
        key: &lost.key,
        try_number: lost.try_number,
        job_id: lost.job_id,
    };
    let running = by.lock_running(tx).await?;
    close_job(tx, by, "failed", now).await?;
    let process = ProcessEnd::default();
    let Some(running) = running else {
        close_try(tx, &lost.tag, "ended", Some("overruled"), process, now).await?;
        return Ok(None);
    };
    let facts = load_facts(tx, lost).await?;
    let after = on_failure(FailureFacts {
        cause: match running {
            Running::Undisturbed => FailureCause::Lost,
            Running::Cleared => FailureCause::Restarted,
        },
        // A task without retries has max_tries below its try_number unless it was cleared.
        retries: None,
        try_number: lost.try_number,
        max_tries: facts.max_tries,
        lost_tries_rerun: facts.lost_before,
        on_worker_loss,
    });
    let start_date = facts.start_date.map(UtcDateTime::from);
    let again = matches!(after, AfterFailure::UpForRetry { .. });
    if running == Running::Undisturbed && again {
        record_history(tx, &lost.key, start_date, now).await?;
    }
    insert_task_fail(tx, &lost.key, start_date, now).await?;
    if lost.tag.is_empty() {
        insert_foreign_try(tx, lost, now).await?;
    }
    let state = write_state(tx, lost, after, facts.max_tries, start_date, now).await?;
    let event = TryEvent {
        key: &lost.key,
        try_number: lost.try_number,
        event: "failed",
        execution_date: facts.execution_date.map(UtcDateTime::from),
        owner: None,
        extra: Some("the supervisor of this try ended without storing its outcome"),
    };
    insert_log(tx, event, now).await?;
    close_try(tx, &lost.tag, "lost", state.as_db(), process, now).await?;
    Ok(Some(state))
}

#[derive(FromRow)]
struct Facts {
    max_tries: i32,
    start_date: Option<DbTimestamp>,
    execution_date: Option<DbTimestamp>,
    lost_before: i64,
}

struct LoadedFacts {
    max_tries: i32,
    start_date: Option<DbTimestamp>,
    execution_date: Option<DbTimestamp>,
    lost_before: u32,
}

async fn load_facts(tx: &mut Tx, lost: &LostTry) -> Result<LoadedFacts, Error> {
    let facts: Facts = bind_key(
        tx.query(
            "SELECT COALESCE(t.max_tries, 0) AS max_tries, t.start_date, r.execution_date,
                 (SELECT COUNT(*) FROM updraft_task_try l
                  WHERE l.dag_id = $1 AND l.run_id = $2 AND l.task_id = $3
                    AND l.map_index = $4 AND l.state = 'lost') AS lost_before
             FROM task_instance t
             JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id
             WHERE t.dag_id = $1 AND t.run_id = $2 AND t.task_id = $3 AND t.map_index = $4",
        ),
        &lost.key,
    )
    .fetch_one()
    .await?;
    Ok(LoadedFacts {
        max_tries: facts.max_tries,
        start_date: facts.start_date,
        execution_date: facts.execution_date,
        lost_before: u32::try_from(facts.lost_before).unwrap_or(u32::MAX),
    })
}

async fn write_state(
    tx: &mut Tx,
    lost: &LostTry,
    after: AfterFailure,
    old_max_tries: i32,
    start_date: Option<UtcDateTime>,
    now: UtcDateTime,
) -> Result<TaskInstanceState, Error> {
    let (state, max_tries, try_number) = match after {
        AfterFailure::UpForRetry { max_tries } if max_tries > old_max_tries => (
            TaskInstanceState::Scheduled,
            max_tries,
            lost.try_number.saturating_add(1),
        ),
        AfterFailure::UpForRetry { max_tries } => {
            (TaskInstanceState::UpForRetry, max_tries, lost.try_number)
        }
        AfterFailure::Failed => (TaskInstanceState::Failed, old_max_tries, lost.try_number),
    };
    // What is scheduled belongs to nobody: a scheduler that looks for orphans would otherwise find
    // it under a dead one's name, and schedule it once more, under yet another number.
    bind_key(
        tx.query(
            "UPDATE task_instance
             SET state = $5, try_number = $6, max_tries = $7, end_date = $8, duration = $9,
                 queued_dttm = CASE
                     WHEN CAST($5 AS VARCHAR) = 'scheduled' THEN NULL
                     ELSE queued_dttm END,
                 queued_by_job_id = CASE
                     WHEN CAST($5 AS VARCHAR) = 'scheduled' THEN NULL
                     ELSE queued_by_job_id END,
                 external_executor_id = CASE
                     WHEN CAST($5 AS VARCHAR) = 'scheduled' THEN NULL
                     ELSE external_executor_id END,
                 next_method = NULL, next_kwargs = NULL, updated_at = $8
             WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
        ),
        &lost.key,
    )
    .bind(state.as_db())
    .bind(try_number)
    .bind(max_tries)
    .bind(DbTimestamp(now))
    .bind(start_date.map(|start| now.since(start).as_secs_f64()))
    .execute()
    .await?;
    Ok(state)
}

/// Remembers the lost try of another component's worker, so that its reruns are counted, too.
async fn insert_foreign_try(tx: &mut Tx, lost: &LostTry, now: UtcDateTime) -> Result<(), Error> {
    bind_key(
        tx.query(
            "INSERT INTO updraft_task_try (
                 tag, dag_id, run_id, task_id, map_index, try_number, job_id, supervisor_id, state,
                 claimed_at, ended_at)
             VALUES ($5, $1, $2, $3, $4, $6, $7, '', 'lost', $8, $8)
             ON CONFLICT (tag) DO NOTHING",
        ),
        &lost.key,
    )
    .bind(lost.id())
    .bind(lost.try_number)
    .bind(lost.job_id)
    .bind(DbTimestamp(now))
    .execute()
    .await?;
    Ok(())
}

/// The file of a DAG and its DAG folder, where they are known.
pub async fn dag_file<'c>(
    source: impl Source<'c>,
    dag_id: &DagId,
) -> Result<Option<(String, String)>, Error> {
    let row: Option<(Option<String>, Option<String>)> = source
        .query("SELECT fileloc, processor_subdir FROM dag WHERE dag_id = $1")
        .bind(dag_id.as_str())
        .fetch_optional()
        .await?;
    Ok(row.and_then(|(path, folder)| path.zip(folder)))
}
