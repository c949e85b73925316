//! `pools set`.

use updraft_metadata_db::slot_pool::{self, Pool};

use super::require_name;
use crate::{context::Context, failure::Failure, output::OutputArgs};

/// Make or change a pool
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft pools set warehouse 8 'queries at a time'")]
pub(crate) struct Args {
    /// Name of the pool
    pool: String,
    /// Its slots; -1 for no limit
    #[arg(allow_negative_numbers = true)]
    slots: String,
    /// What it is for
    description: String,
    /// Let deferred tasks hold their slots
    #[arg(long)]
    include_deferred: bool,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        require_name(&self.pool)?;
        let slots = self
            .slots
            .trim()
            .parse()
            .map_err(|_| Failure::new(format!("Bad value for `slots`: {}", self.slots)))?;
        let db = context.database().await?;
        let pool = Pool {
            pool: self.pool,
            slots,
            description: Some(self.description),
            include_deferred: self.include_deferred,
        };
        let mut tx = db.begin().await?;
        slot_pool::set(&mut tx, &pool).await?;
        tx.commit().await?;
        context.print(&format!("Pool {} created", pool.pool))
    }
}
