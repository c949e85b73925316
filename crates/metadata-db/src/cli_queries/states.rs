//! `tasks states-for-dag-run`.

use sqlx::FromRow;

use crate::{DbTimestamp, Error, Source};

#[derive(Clone, Debug, FromRow)]
pub struct StateRow {
    pub task_id: String,
    pub map_index: i32,
    pub state: Option<String>,
    pub start_date: Option<DbTimestamp>,
    pub end_date: Option<DbTimestamp>,
}

/// The task instances of a run in the order in which they started, the others by name.
pub async fn states<'c>(
    source: impl Source<'c>,
    dag_id: &str,
    run_id: &str,
) -> Result<Vec<StateRow>, Error> {
    source
        .query(
            "SELECT task_id, map_index, state, start_date, end_date
             FROM task_instance
             WHERE dag_id = $1 AND run_id = $2
             ORDER BY start_date IS NULL, start_date, task_id, map_index",
        )
        .bind(dag_id)
        .bind(run_id)
        .fetch_all()
        .await
}
