//! `dags`.

mod columns;
mod delete;
mod details;
mod file_token;
mod list;
mod list_import_errors;
mod list_jobs;
mod list_runs;
mod next_execution;
mod pause;
mod report;
mod reserialize;
mod show;
mod state;
mod test;
mod trigger;

use clap::Subcommand;
use updraft_metadata_db::{
    Db,
    cli_queries::{self, DagRow},
};

use crate::{context::Context, dag_ids};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Delete(delete::Args),
    Details(details::Args),
    List(list::Args),
    ListImportErrors(list_import_errors::Args),
    ListJobs(list_jobs::Args),
    ListRuns(list_runs::Args),
    NextExecution(next_execution::Args),
    /// Pause a DAG: no run of it is started any more
    #[command(after_help = "Example:\n  updraft dags pause etl")]
    Pause(pause::Args),
    Report(report::Args),
    Reserialize(reserialize::Args),
    Show(show::Args),
    State(state::Args),
    Test(test::Args),
    Trigger(trigger::Args),
    /// Resume a paused DAG
    #[command(
        after_help = "Example:\n  updraft dags unpause 'etl_.*' --treat-dag-id-as-regex --yes"
    )]
    Unpause(pause::Args),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Delete(arguments) => arguments.run(context).await,
            Self::Details(arguments) => arguments.run(context).await,
            Self::List(arguments) => arguments.run(context).await,
            Self::ListImportErrors(arguments) => arguments.run(context).await,
            Self::ListJobs(arguments) => arguments.run(context).await,
            Self::ListRuns(arguments) => arguments.run(context).await,
            Self::NextExecution(arguments) => arguments.run(context).await,
            Self::Pause(arguments) => arguments.run(context, true).await,
            Self::Report(arguments) => Box::pin(arguments.run(context)).await,
            Self::Reserialize(arguments) => arguments.run(context).await,
            Self::Show(arguments) => arguments.run(context).await,
            Self::State(arguments) => arguments.run(context).await,
            Self::Test(arguments) => Box::pin(arguments.run(context)).await,
            Self::Trigger(arguments) => arguments.run(context).await,
            Self::Unpause(arguments) => arguments.run(context, false).await,
        }
    }
}

/// The row of the DAG, or Airflow's words for its absence.
async fn existing(context: &Context, db: &Db, dag_id: &str) -> anyhow::Result<DagRow> {
    match cli_queries::dag(db, dag_id).await? {
        Some(dag) => Ok(dag),
        None => Err(dag_ids::no_such_dag(db, context.program, dag_id).await),
    }
}
