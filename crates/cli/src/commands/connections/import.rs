//! `connections import`.

use std::path::PathBuf;

use updraft_metadata_db::connection;
use updraft_secrets::LocalFiles;

use super::{check_id, stored};
use crate::{context::Context, failure::Failure};

/// Add connections from a file, as `connections export` writes it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft connections import connections.json --overwrite")]
pub(crate) struct Args {
    /// The file, whose name ends with .json, .yaml, .yml or .env
    file: PathBuf,
    /// Replace connections that are there already
    #[arg(long)]
    overwrite: bool,
}

impl Args {
    /// A file that cannot be read as a whole changes nothing.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        if !self.file.exists() {
            return Err(Failure::new("Missing connections file.").into());
        }
        let connections = LocalFiles::read_connections(&self.file)?;
        let fernet = context.fernet()?;
        let db = context.database().await?;
        let mut tx = db.begin().await?;
        let mut told = Vec::new();
        for (conn_id, connection) in connections {
            if let Err(why) = check_id(&conn_id) {
                told.push(format!("Could not import connection. {why}"));
                continue;
            }
            let row = stored::row(&fernet, &conn_id, connection)?;
            let is_imported = if self.overwrite {
                connection::set(&mut tx, &row).await?;
                true
            } else {
                connection::add(&mut tx, &[row]).await? > 0
            };
            told.push(if is_imported {
                format!("Imported connection {conn_id}")
            } else {
                format!("Could not import connection {conn_id}: connection already exists.")
            });
        }
        tx.commit().await?;
        told.iter().try_for_each(|line| context.print(line))
    }
}
