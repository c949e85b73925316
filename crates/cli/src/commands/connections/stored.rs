//! Between a connection and its row.

use anyhow::Context as _;
use updraft_metadata_db::connection;
use updraft_secrets::{Connection, Fernet};

use crate::failure::Failure;

/// The connection of a row, with its secrets.
pub(super) fn read(fernet: &Fernet, row: connection::Connection) -> anyhow::Result<Connection> {
    let conn_id = row.conn_id;
    let decrypt = |text: Option<String>, is_encrypted, what: &str| {
        text.map(|text| fernet.decrypt(&text, is_encrypted))
            .transpose()
            .with_context(|| format!("the {what} of the connection {conn_id} cannot be read"))
    };
    Ok(Connection {
        password: decrypt(row.password, row.is_encrypted, "password")?,
        extra: decrypt(row.extra, row.is_extra_encrypted, "extra")?,
        conn_type: Some(row.conn_type),
        description: row.description,
        host: row.host,
        schema: row.schema,
        login: row.login,
        port: row.port.map(i64::from),
    })
}

/// The row of a connection; what may be secret is encrypted if there is a key.
pub(super) fn row(
    fernet: &Fernet,
    conn_id: &str,
    connection: Connection,
) -> Result<connection::Connection, Failure> {
    let port = connection.port.map(|port| {
        i32::try_from(port).map_err(|_| Failure::new(format!("the port {port} is out of range")))
    });
    let encrypt = |text: Option<String>| {
        let stored = text
            .filter(|text| !text.is_empty())
            .map(|text| fernet.encrypt(&text));
        let is_encrypted = stored.as_ref().is_some_and(|stored| stored.is_encrypted);
        (stored.map(|stored| stored.text), is_encrypted)
    };
    let (password, is_encrypted) = encrypt(connection.password);
    let (extra, is_extra_encrypted) = encrypt(connection.extra);
    Ok(connection::Connection {
        conn_id: conn_id.to_owned(),
        conn_type: connection.conn_type.unwrap_or_default(),
        description: connection.description,
        host: connection.host,
        schema: connection.schema,
        login: connection.login,
        password,
        port: port.transpose()?,
        is_encrypted,
        is_extra_encrypted,
        extra,
    })
}
