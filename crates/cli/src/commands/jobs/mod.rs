//! `jobs`.

mod check;

use clap::Subcommand;

use crate::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(check::Args),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Check(arguments) => arguments.run(context).await,
        }
    }
}
