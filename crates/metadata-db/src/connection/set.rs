//! Writing a connection.

use super::get::Connection;
use crate::{Error, Source, Tx};

/// Inserts the connection or replaces the one of that id.
pub async fn set(tx: &mut Tx, connection: &Connection) -> Result<(), Error> {
    tx.query(
        "INSERT INTO connection (
             conn_id, conn_type, description, host, schema, login, password, port, is_encrypted,
             is_extra_encrypted, extra)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (conn_id) DO UPDATE
         SET conn_type = excluded.conn_type,
             description = excluded.description,
             host = excluded.host,
             schema = excluded.schema,
             login = excluded.login,
             password = excluded.password,
             port = excluded.port,
             is_encrypted = excluded.is_encrypted,
             is_extra_encrypted = excluded.is_extra_encrypted,
             extra = excluded.extra",
    )
    .bind(connection.conn_id.as_str())
    .bind(connection.conn_type.as_str())
    .bind(connection.description.as_deref())
    .bind(connection.host.as_deref())
    .bind(connection.schema.as_deref())
    .bind(connection.login.as_deref())
    .bind(connection.password.as_deref())
    .bind(connection.port)
    .bind(connection.is_encrypted)
    .bind(connection.is_extra_encrypted)
    .bind(connection.extra.as_deref())
    .execute()
    .await
    .map(drop)
}
