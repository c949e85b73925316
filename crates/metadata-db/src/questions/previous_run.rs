//! The run before another, as `DagRun.get_previous_dagrun` finds it.

use crate::{
    Error, Source,
    supervision::columns::{DagRunColumns, dag_run_columns},
};

/// The run of the DAG with the greatest earlier logical date; in `state`, where one is given.
pub async fn previous_run<'c>(
    on: impl Source<'c>,
    dag_id: &str,
    run_id: &str,
    state: Option<&str>,
) -> Result<Option<DagRunColumns>, Error> {
    on.query(concat!(
        "SELECT ",
        dag_run_columns!(),
        " FROM dag_run
          WHERE dag_id = $1
            AND execution_date < (
                SELECT o.execution_date FROM dag_run o WHERE o.dag_id = $1 AND o.run_id = $2)
            AND ($3 IS NULL OR state = $3)
          ORDER BY execution_date DESC
          LIMIT 1"
    ))
    .bind(dag_id)
    .bind(run_id)
    .bind(state)
    .fetch_optional()
    .await
}

/// `None` where there is no such run; a run has a state.
pub async fn run_state<'c>(
    on: impl Source<'c>,
    dag_id: &str,
    run_id: &str,
) -> Result<Option<String>, Error> {
    let row: Option<(Option<String>,)> = on
        .query("SELECT state FROM dag_run WHERE dag_id = $1 AND run_id = $2")
        .bind(dag_id)
        .bind(run_id)
        .fetch_optional()
        .await?;
    Ok(row.and_then(|(state,)| state))
}
