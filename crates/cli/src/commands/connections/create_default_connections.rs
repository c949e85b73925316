//! `connections create-default-connections`.

use serde_json::{Map, Value as Json};
use updraft_metadata_db::{Db, connection};
use updraft_secrets::Connection;

use super::stored;
use crate::context::Context;

/// What `airflow connections export` of 2.10.5 writes after `create-default-connections`.
const DEFAULT_CONNECTIONS: &str = include_str!("default_connections.json");

/// Add Airflow's sample connections of all providers; those that are there stay as they are
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft connections create-default-connections")]
pub(crate) struct Args {}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        create_default_connections(context, &db).await
    }
}

/// Adds the sample connections that are not there.
pub(crate) async fn create_default_connections(context: &Context, db: &Db) -> anyhow::Result<()> {
    let fernet = context.fernet()?;
    let entries: Map<String, Json> = serde_json::from_str(DEFAULT_CONNECTIONS)?;
    let rows = entries
        .into_iter()
        .map(|(conn_id, entry)| {
            let connection = Connection::from_json_value(entry)?;
            Ok(stored::row(&fernet, &conn_id, connection)?)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut tx = db.begin().await?;
    connection::add(&mut tx, &rows).await?;
    Ok(tx.commit().await?)
}
