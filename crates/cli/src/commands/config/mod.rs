//! `config`.

mod descriptions;
mod get_value;
mod list;

use clap::Subcommand;

use crate::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    GetValue(get_value::Args),
    List(list::Args),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::GetValue(arguments) => arguments.run(context),
            Self::List(arguments) => arguments.run(context).await,
        }
    }
}
