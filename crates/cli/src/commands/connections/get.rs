//! `connections get`.

use super::{columns, find, not_found};
use crate::{context::Context, output::OutputArgs};

/// Show a connection, with its password, from the first source that has it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft connections get warehouse -o json")]
pub(crate) struct Args {
    /// The connection
    conn_id: String,
    /// Accepted for compatibility; the output has no colour
    #[arg(long, hide = true, value_parser = ["off", "auto", "on"])]
    color: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let found = find(context, &self.conn_id).await?;
        let (connection, stored) = found.ok_or_else(not_found)?;
        let row = columns(&self.conn_id, &connection, stored);
        context.print_rows(self.output.output, &[row])
    }
}
