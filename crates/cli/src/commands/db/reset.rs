//! `db reset`.

use updraft_metadata_db::migrate;

use super::{default_connections, seed};
use crate::{context::Context, failure::Failure, prompt};

/// Drop all tables of the metadata database, with all data, and make them anew
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft db reset --yes")]
pub(crate) struct Args {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Only drop the tables
    #[arg(short, long)]
    skip_init: bool,
    /// Accepted for compatibility; the tables are the same either way
    #[arg(short = 'm', long, hide = true)]
    use_migration_files: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let conn = &context.config.database.sql_alchemy_conn;
        context.print(&format!("DB: {conn}"))?;
        let question = "This will drop existing tables if they exist. Proceed? (y/n)";
        if !self.yes && !prompt::confirm(question)? {
            return Err(Failure::new("Cancelled").into());
        }
        let db = super::connect_or_make(context).await?;
        if self.skip_init {
            migrate::drop_tables(&db).await?;
        } else {
            migrate::reset(&db, &seed(context)?, context.now()).await?;
            default_connections(context, &db).await?;
        }
        Ok(())
    }
}
