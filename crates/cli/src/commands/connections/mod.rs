//! `connections`.

mod add;
mod create_default_connections;
mod delete;
mod export;
mod get;
mod import;
mod list;
mod stored;
mod test;

pub(crate) use create_default_connections::create_default_connections;
use serde_json::Value as Json;
use updraft_secrets::Connection;

use super::subcommands::subcommands;
use crate::{
    context::Context,
    failure::Failure,
    output::{Record, Value, record},
};

subcommands! {
    Add(add),
    CreateDefaultConnections(create_default_connections),
    Delete(delete),
    Export(export),
    Get(get),
    Import(import),
    List(list),
    Test(test),
}

/// What the metadata database knows of a connection beside its values.
#[derive(Clone, Copy, Debug)]
struct Stored {
    id: i32,
    is_encrypted: bool,
}

/// A connection with its password, as Airflow shows it.
fn columns(conn_id: &str, connection: &Connection, stored: Option<Stored>) -> Record {
    let is_encrypted = Value::from(stored.map(|stored| stored.is_encrypted));
    let extra = connection.extra.as_deref();
    let extra: Option<Json> = extra.and_then(|extra| serde_json::from_str(extra).ok());
    record([
        ("id", stored.map(|stored| stored.id).into()),
        ("conn_id", conn_id.into()),
        ("conn_type", connection.conn_type.clone().into()),
        ("description", connection.description.clone().into()),
        ("host", connection.host.clone().into()),
        ("schema", connection.schema.clone().into()),
        ("login", connection.login.clone().into()),
        ("password", connection.password.clone().into()),
        ("port", connection.port.map_or(Value::None, Value::Integer)),
        ("is_encrypted", is_encrypted.clone()),
        // Airflow 2.10.5 shows the password's flag here too.
        ("is_extra_encrypted", is_encrypted),
        (
            "extra_dejson",
            extra.map_or_else(|| Value::Map(Vec::new()), Value::from),
        ),
        ("get_uri", connection.get_uri().into()),
    ])
}

/// Refuses what Airflow refuses as the id of a connection.
fn check_id(conn_id: &str) -> Result<(), String> {
    const LONGEST: usize = 200;
    if conn_id.chars().count() > LONGEST {
        return Err(format!("The key has to be less than {LONGEST} characters"));
    }
    let is_allowed = |c: char| c.is_alphanumeric() || "_.-".contains(c);
    if conn_id.is_empty() || !conn_id.chars().all(is_allowed) {
        return Err(format!(
            "The key {} has to be made of alphanumeric characters, dashes, dots and underscores \
             exclusively",
            updraft_core::python::repr(&conn_id.into())
        ));
    }
    Ok(())
}

/// The connection and what is stored of it, from the first source that has it.
async fn find(
    context: &Context,
    conn_id: &str,
) -> anyhow::Result<Option<(Connection, Option<Stored>)>> {
    let backends = context.secrets_backends()?;
    let mut row = None;
    let metastore = async || {
        let db = context.database().await?;
        let Some(found) = updraft_metadata_db::connection::get_with_id(&db, conn_id).await? else {
            return anyhow::Ok(None);
        };
        row = Some(Stored {
            id: found.id,
            is_encrypted: found.connection.is_encrypted,
        });
        Ok(Some(stored::read(&context.fernet()?, found.connection)?))
    };
    let connection = backends.connection(conn_id, metastore).await?;
    Ok(connection.map(|connection| (connection, row)))
}

fn not_found() -> Failure {
    Failure::new("Connection not found.")
        .with_hint("`updraft connections list` shows those of the metadata database")
}
