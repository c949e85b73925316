//! `standalone`.

use crate::{
    context::Context,
    standalone::{self, ExecutorKind, Mode},
};

/// Run DAG processor, scheduler and local workers in one process, on a database made as needed
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  AIRFLOW__CORE__DAGS_FOLDER=~/dags updraft standalone\n\nThe first Ctrl-C (or SIGTERM) \
                  stops when the running tasks have ended, the second one ends them."
)]
pub(crate) struct Args {
    /// Print warnings and errors only, not each run and task
    #[arg(short, long)]
    quiet: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        // As in Airflow, `standalone` chooses its executor: a generated airflow.cfg says
        // SequentialExecutor, which is a property of stock on SQLite and not the user's wish.
        let mode = Mode {
            migrate: true,
            narrate: !self.quiet,
            executor: ExecutorKind::Local,
        };
        Box::pin(standalone::run(context, mode)).await
    }
}
