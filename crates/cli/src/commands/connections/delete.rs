//! `connections delete`.

use updraft_metadata_db::connection;

use crate::{context::Context, failure::Failure};

/// Delete a connection from the metadata database
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft connections delete warehouse")]
pub(crate) struct Args {
    /// The connection
    conn_id: String,
    /// Accepted for compatibility; the output has no colour
    #[arg(long, hide = true, value_parser = ["off", "auto", "on"])]
    color: Option<String>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let mut tx = db.begin().await?;
        let was_there = connection::delete(&mut tx, &self.conn_id).await?;
        tx.commit().await?;
        let conn_id = self.conn_id;
        if !was_there {
            let message = format!("Did not find a connection with `conn_id`={conn_id}");
            return Err(Failure::new(message).into());
        }
        context.print(&format!(
            "Successfully deleted connection with `conn_id`={conn_id}"
        ))
    }
}
