//! `dags delete`.

use updraft_metadata_db::cli_queries::{self, DagDeletion};

use crate::{context::Context, dag_ids, failure::Failure, prompt};

/// Delete all that is stored of a DAG: its runs and task instances with their XComs, and the DAG itself
///
/// Its file is left alone: while that is there, the DAG comes back without its past. Its log files and
/// the log of who did what stay, too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft dags delete etl --yes")]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let dag_id = &self.dag_id;
        let question =
            "This will drop all existing records related to the specified DAG. Proceed? (y/n)";
        let db = context.database().await?;
        if !self.yes && !prompt::confirm(question)? {
            return context.print("Cancelled");
        }
        let mut tx = db.begin().await?;
        match cli_queries::delete_dag(&mut tx, dag_id).await? {
            DagDeletion::Deleted { rows } => {
                tx.commit().await?;
                context.print(&format!("Removed {rows} record(s)"))
            }
            DagDeletion::NotFound => {
                tx.rollback().await?;
                let hint = dag_ids::hint(&db, context.program, dag_id).await?;
                let failure = Failure::new(format!("Dag id {dag_id} not found"));
                Err(failure.with_hint(hint).into())
            }
            DagDeletion::Running { tasks } => Err(Failure::new(format!(
                "TaskInstances still running: {}",
                tasks.join(", ")
            ))
            .with_hint(format!(
                "`{} dags pause {dag_id}` lets no further run begin; delete the DAG when they have ended",
                context.program
            ))
            .into()),
        }
    }
}
