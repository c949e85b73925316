//! A run by its id or its logical date.

use updraft_metadata_db::{
    Db,
    cli_queries::{self, RunRow},
};

use crate::{context::Context, date, failure::Failure};

pub(super) async fn find_run(
    context: &Context,
    db: &Db,
    dag_id: &str,
    name: &str,
) -> anyhow::Result<RunRow> {
    if let Some(run) = cli_queries::run_by_id(db, dag_id, name).await? {
        return Ok(run);
    }
    let hint = format!(
        "`{} dags list-runs -d {dag_id}` lists the runs",
        context.program
    );
    let date = date::parse(name, &context.default_timezone()?).map_err(|error| {
        Failure::new(format!(
            "Error parsing the supplied execution_date. Error: {error}"
        ))
        .with_hint(hint.clone())
    })?;
    let run = cli_queries::run_at(db, dag_id, date).await?;
    let message =
        || format!("DagRun for {dag_id} with run_id or execution_date of '{name}' not found");
    Ok(run.ok_or_else(|| Failure::new(message()).with_hint(hint))?)
}
