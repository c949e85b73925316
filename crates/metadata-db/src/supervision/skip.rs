//! Skips that a running task decides: branches and short circuits.

use serde::Serialize;
use updraft_core::{MapIndex, TaskId, UtcDateTime};

use super::try_key::TryKey;
use crate::{
    Dialects, Engine, Error, Tx,
    query::Source,
    value::{DbTimestamp, json_parameter},
};

#[derive(Serialize)]
struct Skipped<'a> {
    task_id: &'a str,
    map_index: i32,
}

/// Skips tasks of the same run that have neither begun nor ended, on behalf of a try; the number
/// skipped, or `None` where the try is not the task instance's current one any more.
///
/// Stock Airflow does not look at the state and so overwrites a task that already runs.
pub async fn skip_tasks(
    tx: &mut Tx,
    by: TryKey<'_>,
    tasks: &[(TaskId, MapIndex)],
    now: UtcDateTime,
) -> Result<Option<u64>, Error> {
    lock_run(tx, by).await?;
    if by.lock_running(tx).await?.is_none() {
        return Ok(None);
    }
    write_skips(tx, by, tasks, now).await.map(Some)
}

/// Locks the run, as whoever moves a task instance out of none, `up_for_retry` or
/// `up_for_reschedule` has to: Airflow's mini-scheduler writes scheduled over any state, protected
/// by this lock alone. To be taken before the lock of a task instance, as schedulers do.
pub(super) async fn lock_run(tx: &mut Tx, by: TryKey<'_>) -> Result<(), Error> {
    if tx.engine() == Engine::Sqlite {
        // The write transaction is lock enough.
        return Ok(());
    }
    tx.query("SELECT id FROM dag_run WHERE dag_id = $1 AND run_id = $2 FOR UPDATE")
        .bind(by.key.dag_id.as_str())
        .bind(by.key.run_id.as_str())
        .fetch_scalars::<i32>()
        .await?;
    Ok(())
}

/// The caller holds the lock of the run.
pub(super) async fn write_skips(
    tx: &mut Tx,
    by: TryKey<'_>,
    tasks: &[(TaskId, MapIndex)],
    now: UtcDateTime,
) -> Result<u64, Error> {
    // Only the unpacking of the list differs.
    const UPDATE: Dialects = Dialects {
        postgres: "UPDATE task_instance
            SET state = 'skipped', start_date = $4, end_date = $4, duration = 0, updated_at = $4
            WHERE dag_id = $1 AND run_id = $2
              AND (state IS NULL OR state IN (
                  'scheduled', 'queued', 'up_for_retry', 'up_for_reschedule', 'deferred'))
              AND (task_id, map_index) IN (
                  SELECT v.task_id, v.map_index
                  FROM json_to_recordset($3) AS v(task_id text, map_index int))",
        sqlite: "UPDATE task_instance
            SET state = 'skipped', start_date = $4, end_date = $4, duration = 0, updated_at = $4
            WHERE dag_id = $1 AND run_id = $2
              AND (state IS NULL OR state IN (
                  'scheduled', 'queued', 'up_for_retry', 'up_for_reschedule', 'deferred'))
              AND (task_id, map_index) IN (
                  SELECT value ->> 'task_id', value ->> 'map_index'
                  FROM json_each($3))",
    };
    if tasks.is_empty() {
        return Ok(0);
    }
    let list: Vec<_> = tasks
        .iter()
        .map(|(task_id, map_index)| Skipped {
            task_id: task_id.as_str(),
            map_index: map_index.0,
        })
        .collect();
    tx.query(UPDATE)
        .bind(by.key.dag_id.as_str())
        .bind(by.key.run_id.as_str())
        .bind(json_parameter(&list)?)
        .bind(DbTimestamp(now))
        .execute()
        .await
}
