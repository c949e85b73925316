//! Reading connections.

use serde::Serialize;

use crate::{Error, Source};

#[derive(Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Connection {
    pub conn_id: String,
    pub conn_type: String,
    pub description: Option<String>,
    pub host: Option<String>,
    pub schema: Option<String>,
    pub login: Option<String>,
    /// A Fernet token where `is_encrypted`.
    pub password: Option<String>,
    pub port: Option<i32>,
    pub is_encrypted: bool,
    pub is_extra_encrypted: bool,
    /// JSON; as a whole a Fernet token where `is_extra_encrypted`.
    pub extra: Option<String>,
}

impl std::fmt::Debug for Connection {
    /// Without what may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("conn_id", &self.conn_id)
            .field("conn_type", &self.conn_type)
            .finish_non_exhaustive()
    }
}

pub async fn get<'c>(on: impl Source<'c>, conn_id: &str) -> Result<Option<Connection>, Error> {
    on.query(
        "SELECT conn_id, conn_type, description, host, schema, login, password, port,
             COALESCE(is_encrypted, FALSE) AS is_encrypted,
             COALESCE(is_extra_encrypted, FALSE) AS is_extra_encrypted, extra
         FROM connection
         WHERE conn_id = $1",
    )
    .bind(conn_id)
    .fetch_optional()
    .await
}

/// All connections by id.
pub async fn list<'c>(on: impl Source<'c>) -> Result<Vec<Connection>, Error> {
    on.query(
        "SELECT conn_id, conn_type, description, host, schema, login, password, port,
             COALESCE(is_encrypted, FALSE) AS is_encrypted,
             COALESCE(is_extra_encrypted, FALSE) AS is_extra_encrypted, extra
         FROM connection
         ORDER BY conn_id",
    )
    .fetch_all()
    .await
}

/// A connection with the key of its row.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ConnectionWithId {
    pub id: i32,
    #[sqlx(flatten)]
    pub connection: Connection,
}

pub async fn get_with_id<'c>(
    on: impl Source<'c>,
    conn_id: &str,
) -> Result<Option<ConnectionWithId>, Error> {
    on.query(
        "SELECT id, conn_id, conn_type, description, host, schema, login, password, port,
             COALESCE(is_encrypted, FALSE) AS is_encrypted,
             COALESCE(is_extra_encrypted, FALSE) AS is_extra_encrypted, extra
         FROM connection
         WHERE conn_id = $1",
    )
    .bind(conn_id)
    .fetch_optional()
    .await
}

/// All connections in the order in which they were made.
pub async fn list_with_ids<'c>(on: impl Source<'c>) -> Result<Vec<ConnectionWithId>, Error> {
    on.query(
        "SELECT id, conn_id, conn_type, description, host, schema, login, password, port,
             COALESCE(is_encrypted, FALSE) AS is_encrypted,
             COALESCE(is_extra_encrypted, FALSE) AS is_extra_encrypted, extra
         FROM connection
         ORDER BY id",
    )
    .fetch_all()
    .await
}
