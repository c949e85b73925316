//! `tasks failed-deps`.

use updraft_core::{MapIndex, RunId, TaskInstanceKey};
use updraft_metadata_db::cli_queries;

use super::{find_run::find_run, held_back::HeldBack};
use crate::{
    context::Context, dag_ids::no_such_dag, failure::Failure, stored_dag::load, trial::require_task,
};

/// Show why a scheduler does not queue a task instance
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft tasks failed-deps etl load 2024-01-31")]
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
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let dag = load(context, &db, &self.dag_id).await?;
        let task = require_task(&dag, &self.task_id)?;
        let run = find_run(context, &db, &self.dag_id, &self.execution_date_or_run_id).await?;
        let key = TaskInstanceKey {
            dag_id: self.dag_id.as_str().into(),
            task_id: self.task_id.as_str().into(),
            run_id: RunId::from(run.run_id.as_str()),
            map_index: MapIndex(self.map_index),
        };
        let Some(instance) = cli_queries::runnable(&db, &key).await? else {
            let message = format!("the run {} has no instance of {}", run.run_id, self.task_id);
            return Err(Failure::new(message)
                .with_hint("a scheduler makes it when the run starts; --map-index names one of a mapped task")
                .into());
        };
        let Some(row) = cli_queries::dag(&db, &self.dag_id).await? else {
            return Err(no_such_dag(&db, context.program, &self.dag_id).await);
        };
        let held_back = HeldBack {
            db: &db,
            dag: &dag,
            task,
            row: &row,
            run: &run,
            key: &key,
            instance: &instance,
            now: context.now(),
            allows_future: context.config.scheduler.allow_trigger_in_future,
        };
        let reasons = held_back.reasons().await?;
        if reasons.is_empty() {
            return context.print("Task instance dependencies are all met.");
        }
        context.print("Task instance dependencies not met:")?;
        reasons
            .iter()
            .try_for_each(|(name, reason)| context.print(&format!("{name}: {reason}")))
    }
}
