//! What a try that died owes its DAG: stored with the end of the try, gone when it has been done.
//! So callbacks, e-mails and listeners happen at least once, whoever dies in between.

use sqlx::FromRow;
use updraft_core::{MapIndex, TaskInstanceKey, UtcDateTime, state::TaskInstanceState};

use super::try_key::bind_key;
use crate::{Db, Dialects, Error, Tx, query::Source, value::DbTimestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackKind {
    OnFailure,
    OnRetry,
}

impl CallbackKind {
    /// What a try owes whose task instance has come to this state. One that is run again at once
    /// owes nothing: that is nobody's failure.
    pub fn after(state: TaskInstanceState) -> Option<Self> {
        match state {
            TaskInstanceState::Failed => Some(Self::OnFailure),
            TaskInstanceState::UpForRetry => Some(Self::OnRetry),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::OnFailure => "on_failure",
            Self::OnRetry => "on_retry",
        }
    }

    /// The state that its callbacks see.
    pub fn state(self) -> TaskInstanceState {
        match self {
            Self::OnFailure => TaskInstanceState::Failed,
            Self::OnRetry => TaskInstanceState::UpForRetry,
        }
    }
}

/// Callbacks that wait to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The tag of the try, or another text that no other try has.
    pub id: String,
    pub key: TaskInstanceKey,
    pub try_number: i32,
    pub kind: CallbackKind,
    pub reason: String,
    pub path: String,
    pub dags_folder: String,
    pub run_as_user: Option<String>,
}

/// When stored callbacks may be taken by whoever lives.
#[derive(Clone, Copy, Debug)]
pub struct CallbackTerms {
    /// A supervisor whose last sign of life is older is taken for dead.
    pub silent_since: UtcDateTime,
    /// Callbacks that were begun so often are given up.
    pub most_attempts: i32,
    /// So are those that are older.
    pub oldest: UtcDateTime,
    pub now: UtcDateTime,
}

/// Stores callbacks; `owner` is the supervisor that runs them at once.
pub async fn store_callback(
    tx: &mut Tx,
    callback: &Callback,
    owner: Option<&str>,
    now: UtcDateTime,
) -> Result<(), Error> {
    bind_key(
        tx.query(
            "INSERT INTO updraft_callback (
                 id, dag_id, run_id, task_id, map_index, try_number, kind, reason, path,
                 dags_folder, run_as_user, supervisor_id, attempts, created_at, due_at)
             VALUES ($5, $1, $2, $3, $4, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
             ON CONFLICT (id) DO NOTHING",
        ),
        &callback.key,
    )
    .bind(callback.id.clone())
    .bind(callback.try_number)
    .bind(callback.kind.name())
    // PostgreSQL takes no zero character, and the end of the try hangs on this statement.
    .bind(callback.reason.replace('\0', ""))
    .bind(callback.path.clone())
    .bind(callback.dags_folder.clone())
    .bind(callback.run_as_user.clone())
    .bind(owner.unwrap_or_default().to_owned())
    .bind(i32::from(owner.is_some()))
    .bind(DbTimestamp(now))
    .execute()
    .await?;
    Ok(())
}

/// Whether any callbacks are stored, run by somebody or not. A look that takes no lock.
pub async fn callbacks_wait(db: &Db) -> Result<bool, Error> {
    let found: Option<i32> = db
        .query("SELECT 1 FROM updraft_callback LIMIT 1")
        .fetch_optional()
        .await?
        .map(|(one,): (i32,)| one);
    Ok(found.is_some())
}

/// Takes up to `most` callbacks that nobody alive runs, for the supervisor `owner`.
pub async fn adopt_callbacks(
    tx: &mut Tx,
    owner: &str,
    terms: &CallbackTerms,
    most: i64,
) -> Result<Vec<Callback>, Error> {
    const ADOPT: Dialects = Dialects {
        // Supervisors look at the same time; each takes what the others have not.
        postgres: "UPDATE updraft_callback
            SET supervisor_id = $1, attempts = attempts + 1
            WHERE id IN (
                SELECT c.id
                FROM updraft_callback c
                WHERE c.supervisor_id <> $1 AND c.due_at <= $2
                  AND NOT EXISTS (
                      SELECT 1
                      FROM updraft_supervisor s
                      WHERE s.id = c.supervisor_id AND s.ended_at IS NULL AND s.heartbeat >= $3)
                ORDER BY c.due_at
                LIMIT $4
                FOR UPDATE SKIP LOCKED)
            RETURNING id, dag_id, run_id, task_id, map_index, try_number, kind, reason, path,
                dags_folder, run_as_user",
        sqlite: "UPDATE updraft_callback
            SET supervisor_id = $1, attempts = attempts + 1
            WHERE id IN (
                SELECT c.id
                FROM updraft_callback c
                WHERE c.supervisor_id <> $1 AND c.due_at <= $2
                  AND NOT EXISTS (
                      SELECT 1
                      FROM updraft_supervisor s
                      WHERE s.id = c.supervisor_id AND s.ended_at IS NULL AND s.heartbeat >= $3)
                ORDER BY c.due_at
                LIMIT $4)
            RETURNING id, dag_id, run_id, task_id, map_index, try_number, kind, reason, path,
                dags_folder, run_as_user",
    };
    let rows: Vec<CallbackRow> = tx
        .query(ADOPT)
        .bind(owner.to_owned())
        .bind(DbTimestamp(terms.now))
        .bind(DbTimestamp(terms.silent_since))
        .bind(most)
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Callback::from).collect())
}

/// Deletes what was tried too often, or has waited for too long, and that nobody alive runs.
pub async fn give_up_callbacks(tx: &mut Tx, terms: &CallbackTerms) -> Result<Vec<Callback>, Error> {
    let rows: Vec<CallbackRow> = tx
        .query(
            "DELETE FROM updraft_callback
             WHERE (attempts >= $1 OR created_at < $2)
               AND NOT EXISTS (
                   SELECT 1
                   FROM updraft_supervisor s
                   WHERE s.id = updraft_callback.supervisor_id
                     AND s.ended_at IS NULL
                     AND s.heartbeat >= $3)
             RETURNING id, dag_id, run_id, task_id, map_index, try_number, kind, reason, path,
                 dags_folder, run_as_user",
        )
        .bind(terms.most_attempts)
        .bind(DbTimestamp(terms.oldest))
        .bind(DbTimestamp(terms.silent_since))
        .fetch_all()
        .await?;
    Ok(rows.into_iter().map(Callback::from).collect())
}

/// The callbacks have been run.
pub async fn delete_callback(tx: &mut Tx, id: &str) -> Result<(), Error> {
    tx.query("DELETE FROM updraft_callback WHERE id = $1")
        .bind(id.to_owned())
        .execute()
        .await?;
    Ok(())
}

/// Gives callbacks back that `owner` could not run, for another attempt from `due_at` on.
/// `counts`: their process had them and died of it, so that this was one of few attempts.
pub async fn return_callback(
    tx: &mut Tx,
    id: &str,
    owner: &str,
    counts: bool,
    due_at: UtcDateTime,
) -> Result<(), Error> {
    tx.query(
        "UPDATE updraft_callback
         SET supervisor_id = '', attempts = attempts - $3, due_at = $4
         WHERE id = $1 AND supervisor_id = $2",
    )
    .bind(id.to_owned())
    .bind(owner.to_owned())
    .bind(i32::from(!counts))
    .bind(DbTimestamp(due_at))
    .execute()
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct CallbackRow {
    id: String,
    dag_id: String,
    run_id: String,
    task_id: String,
    map_index: i32,
    try_number: i32,
    kind: String,
    reason: String,
    path: String,
    dags_folder: String,
    run_as_user: Option<String>,
}

impl From<CallbackRow> for Callback {
    fn from(row: CallbackRow) -> Self {
        Self {
            id: row.id,
            key: TaskInstanceKey {
                dag_id: row.dag_id.into(),
                run_id: row.run_id.into(),
                task_id: row.task_id.into(),
                map_index: MapIndex(row.map_index),
            },
            try_number: row.try_number,
            kind: if row.kind == CallbackKind::OnRetry.name() {
                CallbackKind::OnRetry
            } else {
                CallbackKind::OnFailure
            },
            reason: row.reason,
            path: row.path,
            dags_folder: row.dags_folder,
            run_as_user: row.run_as_user,
        }
    }
}
