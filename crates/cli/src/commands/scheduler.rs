//! `scheduler`.

use crate::{
    context::Context,
    failure::Failure,
    standalone::{self, ExecutorKind, Mode},
};

/// Run the scheduler with its local workers, and the DAG processor unless it runs by itself
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft scheduler")]
pub(crate) struct Args {}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let mode = Mode {
            migrate: false,
            narrate: true,
            executor: executor(&context.config.core.executor)?,
        };
        Box::pin(standalone::run(context, mode)).await
    }
}

/// The executor that `[core] executor` names, by alias or import path.
fn executor(configured: &[String]) -> Result<ExecutorKind, Failure> {
    let [name] = configured else {
        return Err(
            Failure::new("[core] executor names several executors").with_hint(
                "Updraft runs one executor a scheduler: LocalExecutor or SequentialExecutor",
            ),
        );
    };
    match name.rsplit(['.', ':']).next().unwrap_or(name) {
        "LocalExecutor" => Ok(ExecutorKind::Local),
        "SequentialExecutor" => Ok(ExecutorKind::Sequential),
        _ => Err(
            Failure::new(format!("[core] executor {name} is not supported"))
                .with_hint("use LocalExecutor or SequentialExecutor"),
        ),
    }
}
