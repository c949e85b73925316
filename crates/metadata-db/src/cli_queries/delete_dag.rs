//! `dags delete`.

use sqlx::FromRow;

use crate::{Error, Source as _, Tx, changes, json_parameter, query::Dialects};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DagDeletion {
    Deleted {
        rows: u64,
    },
    NotFound,
    /// Nothing was deleted.
    Running {
        /// The ids of the running tasks.
        tasks: Vec<String>,
    },
}

/// A list is spelled differently on each engine.
macro_rules! delete_from {
    ($table:literal) => {
        Dialects {
            postgres: concat!(
                "DELETE FROM ",
                $table,
                " WHERE dag_id IN (SELECT json_array_elements_text($1))"
            ),
            sqlite: concat!(
                "DELETE FROM ",
                $table,
                " WHERE dag_id IN (SELECT value FROM json_each($1))"
            ),
        }
    };
}

/// What stock deletes of a DAG and of its SubDAGs: all that has their id, without the log of events.
/// Rows come before those that they refer to, so that each is counted.
const DELETES: [Dialects; 19] = [
    delete_from!("task_instance_note"),
    delete_from!("task_reschedule"),
    delete_from!("task_fail"),
    delete_from!("task_map"),
    delete_from!("xcom"),
    delete_from!("rendered_task_instance_fields"),
    delete_from!("task_instance_history"),
    delete_from!("task_instance"),
    delete_from!("dag_run"),
    delete_from!("sla_miss"),
    delete_from!("job"),
    delete_from!("dag_warning"),
    delete_from!("dag_tag"),
    delete_from!("dag_owner_attributes"),
    delete_from!("dag_schedule_dataset_reference"),
    delete_from!("dag_schedule_dataset_alias_reference"),
    delete_from!("task_outlet_dataset_reference"),
    delete_from!("serialized_dag"),
    delete_from!("dag"),
];

#[derive(FromRow)]
struct Dag {
    fileloc: Option<String>,
    is_subdag: Option<bool>,
}

/// Deletes what is stored of the DAG and of its SubDAGs, unless a task of them runs.
pub async fn delete_dag(tx: &mut Tx, dag_id: &str) -> Result<DagDeletion, Error> {
    let found = tx
        .query("SELECT fileloc, is_subdag FROM dag WHERE dag_id = $1")
        .bind(dag_id)
        .fetch_optional::<Dag>()
        .await?;
    let Some(dag) = found else {
        return Ok(DagDeletion::NotFound);
    };
    let dag_ids = with_sub_dags(tx, dag_id).await?;
    let tasks = lock(tx, &dag_ids).await?;
    if !tasks.is_empty() {
        return Ok(DagDeletion::Running { tasks });
    }
    let mut rows = 0;
    for delete in DELETES {
        let delete = tx.query(delete).bind(json_parameter(&dag_ids)?);
        rows += delete.execute().await?;
    }
    if dag.is_subdag == Some(true)
        && let Some((parent, task_id)) = dag_id.rsplit_once('.')
    {
        rows += delete_task_in_parent(tx, parent, task_id).await?;
    }
    // Of a file whose DAG has another id by now.
    tx.query("DELETE FROM import_error WHERE filename = $1")
        .bind(dag.fileloc)
        .execute()
        .await?;
    changes::notify(tx, "dags").await?;
    Ok(DagDeletion::Deleted { rows })
}

async fn with_sub_dags(tx: &mut Tx, dag_id: &str) -> Result<Vec<String>, Error> {
    tx.query(
        "SELECT dag_id
         FROM dag
         WHERE dag_id = $1
            OR (is_subdag AND SUBSTR(dag_id, 1, LENGTH($1) + 1) = $1 || '.')",
    )
    .bind(dag_id)
    .fetch_scalars()
    .await
}

/// The tasks that run. None can begin before the end of the transaction: its claim takes the lock of
/// its row, and finds it gone. Runs are locked first, as schedulers do.
async fn lock(tx: &mut Tx, dag_ids: &[String]) -> Result<Vec<String>, Error> {
    const LOCK: Dialects = Dialects {
        postgres: "SELECT id
             FROM dag_run
             WHERE dag_id IN (SELECT json_array_elements_text($1))
             ORDER BY id
             FOR UPDATE",
        // Its write lock is held already.
        sqlite: "SELECT id FROM dag_run WHERE dag_id IN (SELECT value FROM json_each($1))",
    };
    const RUNNING: Dialects = Dialects {
        postgres: "SELECT DISTINCT task_id
             FROM (
                 SELECT task_id, state
                 FROM task_instance
                 WHERE dag_id IN (SELECT json_array_elements_text($1))
                 FOR UPDATE
             ) locked
             WHERE state = 'running'
             ORDER BY task_id",
        sqlite: "SELECT DISTINCT task_id
             FROM task_instance
             WHERE dag_id IN (SELECT value FROM json_each($1)) AND state = 'running'
             ORDER BY task_id",
    };
    let lock = tx.query(LOCK).bind(json_parameter(dag_ids)?);
    lock.fetch_scalars::<i32>().await?;
    let running = tx.query(RUNNING).bind(json_parameter(dag_ids)?);
    running.fetch_scalars().await
}

/// A SubDAG is a task of its parent, too.
async fn delete_task_in_parent(tx: &mut Tx, parent: &str, task_id: &str) -> Result<u64, Error> {
    let failures = tx
        .query("DELETE FROM task_fail WHERE dag_id = $1 AND task_id = $2")
        .bind(parent)
        .bind(task_id)
        .execute()
        .await?;
    let instances = tx
        .query("DELETE FROM task_instance WHERE dag_id = $1 AND task_id = $2")
        .bind(parent)
        .bind(task_id)
        .execute()
        .await?;
    Ok(failures + instances)
}
