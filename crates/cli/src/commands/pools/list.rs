//! `pools list`.

use updraft_metadata_db::slot_pool;

use super::columns;
use crate::{
    context::Context,
    output::{OutputArgs, Record},
};

/// List the pools
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft pools list")]
pub(crate) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let pools = slot_pool::list(&db).await?;
        let rows: Vec<Record> = pools.into_iter().map(columns).collect();
        context.print_rows(self.output.output, &rows)
    }
}
