//! `pools get`.

use updraft_metadata_db::slot_pool;

use super::{columns, missing};
use crate::{context::Context, output::OutputArgs};

/// Show a pool
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft pools get default_pool -o json")]
pub(crate) struct Args {
    /// Name of the pool
    pool: String,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let pool = slot_pool::get(&db, &self.pool).await?;
        let pool = pool.ok_or_else(|| missing(&self.pool))?;
        context.print_rows(self.output.output, &[columns(pool)])
    }
}
