//! `tasks state`.

use updraft_core::{MapIndex, RunId, TaskInstanceKey};
use updraft_metadata_db::cli_queries;

use super::find_run::find_run;
use crate::{context::Context, stored_dag::load, trial::require_task};

/// Show the state of a task instance
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft tasks state etl load 2024-01-31")]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// The task
    task_id: String,
    /// The logical date or the id of the run
    execution_date_or_run_id: String,
    /// Which instance of a mapped task
    #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
    map_index: i32,
    /// Accepted for compatibility; DAGs are read from the metadata database
    #[arg(short = 'S', long, hide = true)]
    subdir: Option<String>,
}

impl Args {
    /// A task instance that is not there yet has no state, as in Airflow.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let run = find_run(context, &db, &self.dag_id, &self.execution_date_or_run_id).await?;
        let key = TaskInstanceKey {
            dag_id: self.dag_id.as_str().into(),
            task_id: self.task_id.as_str().into(),
            run_id: RunId::from(run.run_id.as_str()),
            map_index: MapIndex(self.map_index),
        };
        let found = cli_queries::runnable(&db, &key).await?;
        if found.is_none() {
            let dag = load(context, &db, &self.dag_id).await?;
            require_task(&dag, &self.task_id)?;
        }
        let state = found.and_then(|row| row.state);
        context.print(state.as_deref().unwrap_or("None"))
    }
}
