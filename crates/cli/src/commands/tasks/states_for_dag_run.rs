//! `tasks states-for-dag-run`.

use updraft_core::UtcDateTime;
use updraft_metadata_db::cli_queries;

use super::find_run::find_run;
use crate::{
    context::Context,
    output::{OutputArgs, Record, Value, record},
};

/// Show the states of the task instances of a run
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft tasks states-for-dag-run etl 2024-01-31 -o json")]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// The logical date or the id of the run
    execution_date_or_run_id: String,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let run = find_run(context, &db, &self.dag_id, &self.execution_date_or_run_id).await?;
        let states = cli_queries::states(&db, &run.dag_id, &run.run_id).await?;
        let is_mapped = states.iter().any(|state| state.map_index >= 0);
        let execution_date = UtcDateTime::from(run.execution_date).isoformat();
        let isoformat = |at: Option<updraft_metadata_db::DbTimestamp>| {
            Value::from(at.map(|at| at.isoformat()).unwrap_or_default())
        };
        let rows: Vec<Record> = states
            .into_iter()
            .map(|state| {
                let mut row = record([
                    ("dag_id", run.dag_id.as_str().into()),
                    ("execution_date", execution_date.as_str().into()),
                    ("task_id", state.task_id.into()),
                    ("state", state.state.into()),
                    ("start_date", isoformat(state.start_date)),
                    ("end_date", isoformat(state.end_date)),
                ]);
                if is_mapped {
                    let index = Some(state.map_index).filter(|index| *index >= 0);
                    let text = index.map(|index| index.to_string()).unwrap_or_default();
                    row.push(("map_index".to_owned(), text.into()));
                }
                row
            })
            .collect();
        context.print_rows(self.output.output, &rows)
    }
}
