//! `dags list-jobs`.

use updraft_metadata_db::cli_queries::{JobFilter, JobOrder, jobs};

use super::existing;
use crate::{
    context::Context,
    output::{OutputArgs, Record, record},
};

/// List the jobs, the newest first: schedulers, and the runs of tasks
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft dags list-jobs -d etl --state running --limit 10")]
pub(crate) struct Args {
    /// Only jobs of this DAG
    #[arg(short, long)]
    dag_id: Option<String>,
    /// Only jobs in this state
    #[arg(long, value_parser = ["running", "success", "restarting", "failed"])]
    state: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        if let Some(dag_id) = &self.dag_id {
            existing(context, &db, dag_id).await?;
        }
        let filter = JobFilter {
            dag_id: self.dag_id.as_deref(),
            state: self.state.as_deref(),
            limit: self.limit.map(i64::from),
            ..JobFilter::default()
        };
        let text = |value: Option<String>| value.unwrap_or_else(|| "None".to_owned());
        let rows: Vec<Record> = jobs(&db, &filter, JobOrder::Started)
            .await?
            .into_iter()
            .map(|job| {
                record([
                    ("dag_id", text(job.dag_id).into()),
                    ("state", text(job.state).into()),
                    ("job_type", text(job.job_type).into()),
                    (
                        "start_date",
                        text(job.start_date.map(|at| at.python_str())).into(),
                    ),
                    (
                        "end_date",
                        text(job.end_date.map(|at| at.python_str())).into(),
                    ),
                ])
            })
            .collect();
        context.print_rows(self.output.output, &rows)
    }
}
