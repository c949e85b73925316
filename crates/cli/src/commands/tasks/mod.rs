//! `tasks`.

mod clear;
mod dependencies;
mod find_run;
mod list;
mod render;
mod run;
mod run_options;
mod state;
mod states_for_dag_run;
mod supervise;
mod test;

use clap::Subcommand;

use crate::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Clear(clear::Args),
    List(list::Args),
    Render(render::Args),
    Run(run::Args),
    State(state::Args),
    StatesForDagRun(states_for_dag_run::Args),
    Test(test::Args),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Clear(arguments) => arguments.run(context).await,
            Self::List(arguments) => arguments.run(context).await,
            Self::Render(arguments) => Box::pin(arguments.run(context)).await,
            Self::Run(arguments) => arguments.run(context).await,
            Self::State(arguments) => arguments.run(context).await,
            Self::StatesForDagRun(arguments) => arguments.run(context).await,
            Self::Test(arguments) => Box::pin(arguments.run(context)).await,
        }
    }
}
