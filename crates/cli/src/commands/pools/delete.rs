//! `pools delete`.

use updraft_metadata_db::slot_pool::{self, DEFAULT_POOL};

use super::missing;
use crate::{context::Context, failure::Failure, output::OutputArgs};

/// Delete a pool
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft pools delete warehouse")]
pub(crate) struct Args {
    /// Name of the pool
    pool: String,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let pool = &self.pool;
        if pool == DEFAULT_POOL {
            return Err(Failure::new(format!("{DEFAULT_POOL} cannot be deleted")).into());
        }
        let db = context.database().await?;
        let mut tx = db.begin().await?;
        let was_there = slot_pool::delete(&mut tx, pool).await?;
        tx.commit().await?;
        if !was_there {
            return Err(missing(pool).into());
        }
        context.print(&format!("Pool {pool} deleted"))
    }
}
