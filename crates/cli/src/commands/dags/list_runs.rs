//! `dags list-runs`.

use updraft_core::{UtcDateTime, state::DagRunState};
use updraft_metadata_db::{
    DbTimestamp,
    cli_queries::{self, RunFilter},
};

use super::existing;
use crate::{
    context::Context,
    date,
    output::{OutputArgs, Record, record},
};

/// List the runs of a DAG, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft dags list-runs -d etl --state failed")]
pub(crate) struct Args {
    /// The DAG
    #[arg(short, long)]
    dag_id: String,
    /// Leave out the runs of backfills
    #[arg(long)]
    no_backfill: bool,
    /// Only runs in this state
    #[arg(long, value_parser = ["queued", "running", "success", "failed"])]
    state: Option<String>,
    /// Only runs of this logical date and later
    #[arg(short, long, value_name = "DATE")]
    start_date: Option<String>,
    /// Only runs of this logical date and earlier
    #[arg(short, long, value_name = "DATE")]
    end_date: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let zone = &context.default_timezone()?;
        let date = |text: &Option<String>| -> anyhow::Result<Option<UtcDateTime>> {
            text.as_ref()
                .map(|text| date::parse(text, zone))
                .transpose()
        };
        let filter = RunFilter {
            state: self.state.as_deref().and_then(DagRunState::parse),
            no_backfill: self.no_backfill,
            start_date: date(&self.start_date)?,
            end_date: date(&self.end_date)?,
        };
        let db = context.database().await?;
        existing(context, &db, &self.dag_id).await?;
        let runs = cli_queries::runs(&db, &self.dag_id, &filter).await?;
        let isoformat =
            |at: Option<DbTimestamp>| at.map(|at| at.isoformat()).unwrap_or_default().into();
        let rows: Vec<Record> = runs
            .into_iter()
            .map(|run| {
                record([
                    ("dag_id", run.dag_id.into()),
                    ("run_id", run.run_id.into()),
                    ("state", run.state.into()),
                    ("execution_date", run.execution_date.isoformat().into()),
                    ("start_date", isoformat(run.start_date)),
                    ("end_date", isoformat(run.end_date)),
                ])
            })
            .collect();
        context.print_rows(self.output.output, &rows)
    }
}
