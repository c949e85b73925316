//! `variables list`.

use updraft_metadata_db::variable;

use crate::{
    context::Context,
    output::{OutputArgs, Record, record},
};

/// List the keys of the Variables in the metadata database
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft variables list -o plain")]
pub(crate) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let variables = variable::list(&db).await?;
        let rows: Vec<Record> = variables
            .into_iter()
            .map(|variable| record([("key", variable.key.into())]))
            .collect();
        context.print_rows(self.output.output, &rows)
    }
}
