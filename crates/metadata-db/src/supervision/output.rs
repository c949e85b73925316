//! What a task leaves behind besides its state: rendered fields, map lengths, notes.

use updraft_core::{TaskInstanceKey, UtcDateTime};

use super::try_key::{TryKey, bind_key};
use crate::{
    Error, Tx,
    query::Source,
    value::{DbTimestamp, JsonText},
};

/// How many values a mapped task has to expand over.
#[derive(Clone, Debug)]
pub struct TaskMapRow {
    pub length: i32,
    /// JSON: a list of keys, or `null` for a list.
    pub keys: String,
}

/// Stores the rendered fields of a running try and forgets those of all but the newest `keep` runs
/// of the task (0 keeps all). False: the try is not the task instance's current one any more.
pub async fn store_rendered_fields(
    tx: &mut Tx,
    by: TryKey<'_>,
    rendered_fields: &str,
    keep: i64,
) -> Result<bool, Error> {
    if by.lock_running(tx).await?.is_none() {
        return Ok(false);
    }
    write_rendered_fields(tx, by.key, rendered_fields, keep).await?;
    Ok(true)
}

pub(super) async fn write_rendered_fields(
    tx: &mut Tx,
    key: &TaskInstanceKey,
    rendered_fields: &str,
    keep: i64,
) -> Result<(), Error> {
    bind_key(
        tx.query(
            "INSERT INTO rendered_task_instance_fields (
                 dag_id, run_id, task_id, map_index, rendered_fields, k8s_pod_yaml)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (dag_id, task_id, run_id, map_index)
             DO UPDATE SET rendered_fields = EXCLUDED.rendered_fields,
                 k8s_pod_yaml = EXCLUDED.k8s_pod_yaml",
        ),
        key,
    )
    .bind(JsonText(rendered_fields.to_owned()))
    .bind(JsonText("null".to_owned()))
    .execute()
    .await?;
    if keep <= 0 {
        return Ok(());
    }
    tx.query(
        "DELETE FROM rendered_task_instance_fields
         WHERE dag_id = $1 AND task_id = $2
           AND run_id NOT IN (
               SELECT newest.run_id
               FROM (
                   SELECT f.run_id
                   FROM rendered_task_instance_fields f
                   JOIN dag_run r ON r.dag_id = f.dag_id AND r.run_id = f.run_id
                   WHERE f.dag_id = $1 AND f.task_id = $2
                   GROUP BY f.run_id, r.execution_date
                   ORDER BY r.execution_date DESC
                   LIMIT $3) newest)",
    )
    .bind(key.dag_id.as_str())
    .bind(key.task_id.as_str())
    .bind(keep)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn write_task_map(
    tx: &mut Tx,
    key: &TaskInstanceKey,
    map: &TaskMapRow,
) -> Result<(), Error> {
    bind_key(
        tx.query(
            "INSERT INTO task_map (dag_id, run_id, task_id, map_index, length, keys)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (dag_id, task_id, run_id, map_index)
             DO UPDATE SET length = EXCLUDED.length, keys = EXCLUDED.keys",
        ),
        key,
    )
    .bind(map.length)
    .bind(JsonText(map.keys.clone()))
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn write_note(
    tx: &mut Tx,
    key: &TaskInstanceKey,
    note: &str,
    now: UtcDateTime,
) -> Result<(), Error> {
    bind_key(
        tx.query(
            "INSERT INTO task_instance_note (
                 dag_id, run_id, task_id, map_index, content, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6)
             ON CONFLICT (task_id, dag_id, run_id, map_index)
             DO UPDATE SET content = EXCLUDED.content, updated_at = EXCLUDED.updated_at",
        ),
        key,
    )
    .bind(note.chars().take(1000).collect::<String>())
    .bind(DbTimestamp(now))
    .execute()
    .await?;
    Ok(())
}
