//! `db check`.

use std::time::Duration;

use updraft_metadata_db::migrate;

use crate::context::Context;

/// Check that the metadata database answers
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft db check --retry 5 --retry-delay 2")]
pub(crate) struct Args {
    /// Times to try again
    #[arg(long, default_value_t = 0, value_name = "TIMES")]
    retry: u32,
    /// Seconds between two tries
    #[arg(long, default_value_t = 1, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..))]
    retry_delay: u64,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut remaining = self.retry;
        loop {
            match check(context).await {
                Ok(()) => return context.print("Connection successful."),
                Err(error) if remaining == 0 => return Err(error),
                Err(error) => {
                    let seconds = self.retry_delay;
                    tracing::warn!(
                        "{error:#}; {remaining} retries remain, the next one in {seconds} s"
                    );
                    remaining -= 1;
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                }
            }
        }
    }
}

async fn check(context: &Context) -> anyhow::Result<()> {
    let db = context.connect().await?;
    Ok(migrate::check(&db).await?)
}
