//! Task instances of a run.

use updraft_core::TaskInstanceKey;

use super::xcoms::list;
use crate::{
    Error, Source,
    supervision::columns::{TaskInstanceColumns, task_instance_columns},
};

/// By task and index; `None`: of every task.
pub async fn task_instances<'c>(
    on: impl Source<'c>,
    dag_id: &str,
    run_id: &str,
    task_ids: Option<&[String]>,
) -> Result<Vec<TaskInstanceColumns>, Error> {
    on.query(crate::Dialects {
        postgres: concat!(
            "SELECT ",
            task_instance_columns!(),
            " FROM task_instance
              WHERE dag_id = $1 AND run_id = $2
                AND ($3 IS NULL
                     OR task_id IN (SELECT json_array_elements_text(CAST($3 AS json))))
              ORDER BY task_id, map_index"
        ),
        sqlite: concat!(
            "SELECT ",
            task_instance_columns!(),
            " FROM task_instance
              WHERE dag_id = $1 AND run_id = $2
                AND ($3 IS NULL OR task_id IN (SELECT value FROM json_each($3)))
              ORDER BY task_id, map_index"
        ),
    })
    .bind(dag_id)
    .bind(run_id)
    .bind(list(task_ids)?)
    .fetch_all()
    .await
}

/// The outer `None`: there is no such task instance.
pub async fn task_instance_state<'c>(
    on: impl Source<'c>,
    of: &TaskInstanceKey,
) -> Result<Option<Option<String>>, Error> {
    let row: Option<(Option<String>,)> = on
        .query(
            "SELECT state FROM task_instance
             WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4",
        )
        .bind(of.dag_id.as_str())
        .bind(of.run_id.as_str())
        .bind(of.task_id.as_str())
        .bind(of.map_index.0)
        .fetch_optional()
        .await?;
    Ok(row.map(|(state,)| state))
}
