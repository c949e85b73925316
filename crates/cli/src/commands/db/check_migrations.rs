//! `db check-migrations`.

use std::time::Duration;

use anyhow::Context as _;
use updraft_metadata_db::migrate::{self, OwnTables};

use crate::context::{Context, UNUSABLE};

/// Wait until the metadata database has the tables of Airflow 2.10.5
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft db check-migrations --migration-wait-timeout 0")]
pub(crate) struct Args {
    /// Seconds to wait
    #[arg(short = 't', long, default_value_t = 60, value_name = "SECONDS")]
    migration_wait_timeout: u64,
}

impl Args {
    /// Another process may be about to migrate, so a failure is looked at again each second.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut remaining = self.migration_wait_timeout;
        loop {
            match look(context).await {
                Ok(OwnTables::Complete) => return Ok(()),
                Ok(OwnTables::Behind) => {
                    return context.print(
                        "The tables of Airflow are there; those that Updraft adds are not yet: \
                         `updraft scheduler` makes them when it starts.",
                    );
                }
                Err(error) if remaining == 0 => return Err(error),
                Err(error) => tracing::warn!("{error:#}; waiting {remaining} s more"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            remaining -= 1;
        }
    }
}

async fn look(context: &Context) -> anyhow::Result<OwnTables> {
    let db = context.connect().await?;
    migrate::check_airflow(&db).await.context(UNUSABLE)
}
