//! `variables set`.

use updraft_metadata_db::variable;

use super::{row, serialized};
use crate::context::Context;

/// Set a Variable in the metadata database
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  updraft variables set bucket gs://data --description 'where files land'"
)]
pub(crate) struct Args {
    /// Key of the Variable
    key: String,
    /// Its new value
    value: String,
    /// What it is for; without it, the Variable has no description any more
    #[arg(long)]
    description: Option<String>,
    /// Store the value as a JSON string
    #[arg(short, long)]
    json: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let value = if self.json {
            serialized(&self.value.into())
        } else {
            self.value
        };
        // What the metadata database has is read last.
        let nowhere = async || anyhow::Ok(None);
        let backends = context.secrets_backends()?;
        if backends.variable(&self.key, nowhere).await?.is_some() {
            tracing::warn!(
                "the Variable {} is set in the environment or in the secrets backend, too, and is \
                 read from there: tasks do not see the new value",
                self.key
            );
        }
        let row = row(&context.fernet()?, &self.key, &value, self.description);
        let mut tx = db.begin().await?;
        variable::set(&mut tx, &row).await?;
        tx.commit().await?;
        context.print(&format!("Variable {} created", self.key))
    }
}
