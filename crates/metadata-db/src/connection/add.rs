//! Adding connections that are not there.

use super::get::Connection;
use crate::{Dialects, Error, Source, Tx, json_parameter};

/// Adds the connections whose ids are new, and leaves the others as they are; how many were added.
pub async fn add(tx: &mut Tx, connections: &[Connection]) -> Result<u64, Error> {
    tx.query(Dialects {
        // Lists come as JSON, which the engines take apart by functions of their own.
        postgres: "
            INSERT INTO connection (
                conn_id, conn_type, description, host, schema, login, password, port, is_encrypted,
                is_extra_encrypted, extra)
            SELECT conn_id, conn_type, description, host, schema, login, password, port,
                is_encrypted, is_extra_encrypted, extra
            FROM json_to_recordset($1) AS new (
                conn_id text, conn_type text, description text, host text, schema text, login text,
                password text, port integer, is_encrypted boolean, is_extra_encrypted boolean,
                extra text)
            ON CONFLICT (conn_id) DO NOTHING",
        // SQLite takes ON of ON CONFLICT for that of a join unless there is a WHERE.
        sqlite: "
            INSERT INTO connection (
                conn_id, conn_type, description, host, schema, login, password, port, is_encrypted,
                is_extra_encrypted, extra)
            SELECT value ->> 'conn_id', value ->> 'conn_type', value ->> 'description',
                value ->> 'host', value ->> 'schema', value ->> 'login', value ->> 'password',
                value ->> 'port', value ->> 'is_encrypted', value ->> 'is_extra_encrypted',
                value ->> 'extra'
            FROM json_each($1)
            WHERE TRUE
            ON CONFLICT (conn_id) DO NOTHING",
    })
    .bind(json_parameter(connections)?)
    .execute()
    .await
}
