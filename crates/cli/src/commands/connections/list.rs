//! `connections list`.

use updraft_metadata_db::connection;

use super::{Stored, columns, stored};
use crate::{
    context::Context,
    output::{OutputArgs, Record},
};

/// List the connections of the metadata database, with their passwords
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft connections list --conn-id warehouse -o yaml")]
pub(crate) struct Args {
    /// Only this connection
    #[arg(long)]
    conn_id: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let fernet = context.fernet()?;
        let db = context.database().await?;
        let mut found = connection::list_with_ids(&db).await?;
        found.retain(|row| {
            let wanted = self.conn_id.as_ref();
            wanted.is_none_or(|wanted| row.connection.conn_id == *wanted)
        });
        let rows = found.into_iter().map(|row| {
            let about = Stored {
                id: row.id,
                is_encrypted: row.connection.is_encrypted,
            };
            let conn_id = row.connection.conn_id.clone();
            let connection = stored::read(&fernet, row.connection)?;
            Ok(columns(&conn_id, &connection, Some(about)))
        });
        let rows = rows.collect::<anyhow::Result<Vec<Record>>>()?;
        context.print_rows(self.output.output, &rows)
    }
}
