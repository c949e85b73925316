//! `db check-migrations`.

use std::time::Duration;

use crate::context::Context;

/// Wait until the metadata database has the tables of this version
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
            match context.database().await {
                Ok(_) => return Ok(()),
                Err(error) if remaining == 0 => return Err(error),
                Err(error) => tracing::warn!("{error:#}; waiting {remaining} s more"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            remaining -= 1;
        }
    }
}
