//! The end of a try, in one transaction.

use updraft_core::{MapIndex, TaskId, UtcDateTime, state::TaskInstanceState};

use super::{
    callback::{Callback, CallbackKind, store_callback},
    finish_postgres,
    output::{TaskMapRow, write_note, write_rendered_fields, write_task_map},
    record::{TryEvent, close_job, close_try, insert_log, insert_task_fail, record_history},
    skip::{lock_run, write_skips},
    try_key::{Running, TryKey, bind_key},
    xcom::{XComValue, write_xcom},
};
use crate::{Db, Engine, Error, Tx, query::Source, value::DbTimestamp};

/// How the process of a try ended, as far as known.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnd {
    pub exit_code: Option<i32>,
    pub signal: Option<i32>,
    pub cpu_seconds: Option<f64>,
    pub peak_rss_bytes: Option<i64>,
}

/// Everything that is written at the end of a try.
#[derive(Clone, Debug)]
pub struct TryEnd<'a> {
    pub by: TryKey<'a>,
    pub tag: &'a str,
    /// success, skipped, failed, `up_for_retry` or `up_for_reschedule`.
    pub state: TaskInstanceState,
    /// Where the rule of a lost or failed try changes it.
    pub max_tries: Option<i32>,
    pub start_date: UtcDateTime,
    pub end_date: UtcDateTime,
    pub reschedule_date: Option<UtcDateTime>,
    pub execution_date: UtcDateTime,
    pub owner: Option<&'a str>,
    pub rendered_map_index: Option<&'a str>,
    pub note: Option<&'a str>,
    pub xcoms: Vec<XComValue<'a>>,
    pub task_map: Option<TaskMapRow>,
    pub skips: &'a [(TaskId, MapIndex)],
    /// JSON text, with the number of runs to keep.
    pub rendered_fields: Option<(&'a str, i64)>,
    /// Where the process died: what it leaves to be done if the try has failed.
    pub callback: Option<TryCallback<'a>>,
    pub process: ProcessEnd,
    pub now: UtcDateTime,
}

/// How the callbacks of a try are run; the state that is written tells which.
#[derive(Clone, Copy, Debug)]
pub struct TryCallback<'a> {
    pub reason: &'a str,
    pub path: &'a str,
    pub dags_folder: &'a str,
    pub run_as_user: Option<&'a str>,
    /// The supervisor that runs them when the end is stored. `None`: whoever finds them first.
    pub owner: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// This state was written. It differs from the one asked for where the task instance was
    /// cleared while it ran.
    Written(TaskInstanceState),
    /// Somebody else has decided about the task instance; only the job was closed.
    Overruled,
}

impl TryEnd<'_> {
    /// The label as its column holds it.
    pub(super) fn map_label(&self) -> Option<String> {
        self.rendered_map_index
            .map(|text| text.chars().take(250).collect())
    }
}

/// Ends the try in a transaction of its own, with as few round trips as the engine allows.
pub async fn finish_now(db: &Db, end: &TryEnd<'_>) -> Result<Finished, Error> {
    if db.engine() == Engine::Postgres && finish_postgres::fits(end) {
        return finish_postgres::finish(db, end).await;
    }
    let mut tx = db.begin().await?;
    let finished = finish(&mut tx, end).await?;
    tx.commit().await?;
    Ok(finished)
}

/// Ends the try, if the task instance still belongs to it.
pub async fn finish(tx: &mut Tx, end: &TryEnd<'_>) -> Result<Finished, Error> {
    if tx.engine() == Engine::Postgres && finish_postgres::fits(end) {
        return finish_postgres::finish(&mut *tx, end).await;
    }
    if !end.skips.is_empty() {
        lock_run(tx, end.by).await?;
    }
    let running = end.by.lock_running(tx).await?;
    let finished = match running {
        None => Finished::Overruled,
        Some(running) => {
            let state = match running {
                Running::Undisturbed => end.state,
                Running::Cleared => TaskInstanceState::UpForRetry,
            };
            write_end(tx, end, running, state).await?;
            Finished::Written(state)
        }
    };
    close_job(tx, end.by, "success", end.now).await?;
    let outcome = match finished {
        Finished::Written(state) => state.as_db(),
        Finished::Overruled => Some("overruled"),
    };
    close_try(tx, end.tag, "ended", outcome, end.process, end.now).await?;
    Ok(finished)
}

/// Whether the end of that process is stored: after a connection broke during the commit, or
/// because somebody took this supervisor for dead.
pub async fn is_ended(tx: &mut Tx, tag: &str) -> Result<Option<Finished>, Error> {
    let row: Option<(Option<String>,)> = tx
        .query(
            "SELECT CASE WHEN state = 'ended' THEN outcome END
             FROM updraft_task_try
             WHERE tag = $1 AND ended_at IS NOT NULL",
        )
        .bind(tag)
        .fetch_optional()
        .await?;
    Ok(row.map(|(outcome,)| {
        match outcome
            .as_deref()
            .and_then(|text| TaskInstanceState::parse(Some(text)))
        {
            Some(state) => Finished::Written(state),
            None => Finished::Overruled,
        }
    }))
}

/// Whether this database knows the try with that tag, ended or not: another one, or this one before it
/// was made anew, may have given the same ids to others.
pub async fn is_known(tx: &mut Tx, tag: &str) -> Result<bool, Error> {
    let row: Option<(i32,)> = tx
        .query("SELECT 1 FROM updraft_task_try WHERE tag = $1")
        .bind(tag)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

async fn write_end(
    tx: &mut Tx,
    end: &TryEnd<'_>,
    running: Running,
    state: TaskInstanceState,
) -> Result<(), Error> {
    let key = end.by.key;
    if state == TaskInstanceState::UpForRetry && running == Running::Undisturbed {
        record_history(tx, key, Some(end.start_date), end.end_date).await?;
    }
    let failed = matches!(
        state,
        TaskInstanceState::UpForRetry | TaskInstanceState::Failed
    );
    if failed {
        insert_task_fail(tx, key, Some(end.start_date), end.end_date).await?;
    }
    if state == TaskInstanceState::UpForReschedule {
        insert_reschedule(tx, end).await?;
    }
    update_task_instance(tx, end, state).await?;
    if let Some((owner, callback)) = callback_after(end, state) {
        store_callback(tx, &callback, owner, end.now).await?;
    }
    for xcom in &end.xcoms {
        write_xcom(tx, key, *xcom, end.now).await?;
    }
    if let Some(map) = &end.task_map {
        write_task_map(tx, key, map).await?;
    }
    if let Some(note) = end.note {
        write_note(tx, key, note, end.now).await?;
    }
    write_skips(tx, end.by, end.skips, end.now).await?;
    if let Some((fields, keep)) = end.rendered_fields {
        write_rendered_fields(tx, key, fields, keep).await?;
    }
    let event = match state {
        TaskInstanceState::Success => "success",
        TaskInstanceState::Skipped => "skipped",
        _ if failed => "failed",
        _ => return Ok(()),
    };
    let event = TryEvent {
        key,
        try_number: end.by.try_number,
        event,
        execution_date: Some(end.execution_date),
        owner: end.owner,
        extra: None,
    };
    insert_log(tx, event, end.now).await
}

fn callback_after<'a>(
    end: &TryEnd<'a>,
    state: TaskInstanceState,
) -> Option<(Option<&'a str>, Callback)> {
    let TryCallback {
        reason,
        path,
        dags_folder,
        run_as_user,
        owner,
    } = end.callback?;
    let callback = Callback {
        id: end.tag.to_owned(),
        key: end.by.key.clone(),
        try_number: end.by.try_number,
        kind: CallbackKind::after(state)?,
        reason: reason.to_owned(),
        path: path.to_owned(),
        dags_folder: dags_folder.to_owned(),
        run_as_user: run_as_user.map(str::to_owned),
    };
    Some((owner, callback))
}

async fn update_task_instance(
    tx: &mut Tx,
    end: &TryEnd<'_>,
    state: TaskInstanceState,
) -> Result<(), Error> {
    bind_key(
        tx.query(
            "UPDATE task_instance
             SET state = $5, end_date = $6, duration = $7,
                 rendered_map_index = COALESCE($8, rendered_map_index),
                 max_tries = COALESCE($9, max_tries),
                 next_method = NULL, next_kwargs = NULL, updated_at = $10
             WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
        ),
        end.by.key,
    )
    .bind(state.as_db())
    .bind(DbTimestamp(end.end_date))
    .bind(end.end_date.since(end.start_date).as_secs_f64())
    .bind(end.map_label())
    .bind(end.max_tries)
    .bind(DbTimestamp(end.now))
    .execute()
    .await?;
    Ok(())
}

async fn insert_reschedule(tx: &mut Tx, end: &TryEnd<'_>) -> Result<(), Error> {
    let seconds = end.end_date.since(end.start_date).as_secs();
    bind_key(
        tx.query(
            "INSERT INTO task_reschedule (
                 dag_id, run_id, task_id, map_index, try_number, start_date, end_date, duration,
                 reschedule_date)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        ),
        end.by.key,
    )
    .bind(end.by.try_number)
    .bind(DbTimestamp(end.start_date))
    .bind(DbTimestamp(end.end_date))
    .bind(i32::try_from(seconds).unwrap_or(i32::MAX))
    .bind(DbTimestamp(end.reschedule_date.unwrap_or(end.end_date)))
    .execute()
    .await?;
    Ok(())
}
