//! The bundled authoring API in an environment of the user's, for editors, tests and provider packages.

mod distribution;
mod environment;
mod install;
mod remove;

use clap::Subcommand;

use crate::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Install(install::Args),
    Remove(remove::Args),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Install(arguments) => arguments.run(context).await,
            Self::Remove(arguments) => arguments.run(context).await,
        }
    }
}
