//! A run by its id or its logical date.

use updraft_metadata_db::{
    Db,
    cli_queries::{self, RunRow},
};

use crate::{context::Context, dag_ids::no_such_dag, date, failure::Failure};

pub(super) async fn find_run(
    context: &Context,
    db: &Db,
    dag_id: &str,
    name: &str,
) -> anyhow::Result<RunRow> {
    if let Some(run) = cli_queries::run_by_id(db, dag_id, name).await? {
        return Ok(run);
    }
    // What is no date can only have been an id.
    let run = match date::parse(name, &context.default_timezone()?) {
        Ok(date) => cli_queries::run_at(db, dag_id, date).await?,
        Err(_) => None,
    };
    match run {
        Some(run) => Ok(run),
        None if cli_queries::dag(db, dag_id).await?.is_none() => {
            Err(no_such_dag(db, context.program, dag_id).await)
        }
        None => {
            let message =
                format!("DagRun for {dag_id} with run_id or execution_date of '{name}' not found");
            let hint = format!(
                "`{} dags list-runs -d {dag_id}` lists the runs",
                context.program
            );
            Err(Failure::new(message).with_hint(hint).into())
        }
    }
}
