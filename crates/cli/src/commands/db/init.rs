//! `db init`, the old name of `db migrate`.

use updraft_metadata_db::migrate;

use super::{default_connections, seed};
use crate::context::Context;

/// Deprecated: make the tables; use `db migrate`
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft db migrate")]
pub(crate) struct Args {}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        tracing::warn!("`db init` is deprecated; use `db migrate`");
        let conn = &context.config.database.sql_alchemy_conn;
        context.print(&format!("DB: {conn}"))?;
        let db = super::connect_or_make(context).await?;
        migrate::migrate(&db, &seed(context)?, context.now()).await?;
        default_connections(context, &db).await?;
        context.print("Initialization done")
    }
}
