//! Variables and Connections, from where the configuration says.

use serde_json::json;
use updraft_metadata_db::{Db, connection, variable};
use updraft_secrets::{Backends, Connection, Fernet, FernetError};

use super::{Found, Sources, Unanswered, no_database};

/// Where Variables and Connections are looked for before the database, and what decrypts those of the
/// database.
#[derive(Clone, Debug, Default)]
pub struct SecretSources {
    pub backends: Backends,
    pub fernet: Fernet,
    /// The database; DAG files are parsed where no tasks run, too.
    pub metastore: Option<Db>,
}

impl Sources {
    /// The bytes are the Variable's text.
    pub(super) async fn variable(&self, key: &str) -> Result<Found, Unanswered> {
        let found = self
            .secrets
            .backends
            .variable(key, || self.stored_variable(key))
            .await?;
        let text = found.as_deref().unwrap_or_default();
        Ok((
            json!({"found": found.is_some()}),
            text.as_bytes().to_owned(),
        ))
    }

    async fn stored_variable(&self, key: &str) -> Result<Option<String>, Unanswered> {
        let Some(row) = variable::get(self.metastore()?, key).await? else {
            return Ok(None);
        };
        let what = || format!("the Variable {key:?}");
        self.decrypt(row.val, row.is_encrypted, what)
    }

    pub(super) async fn set_variable(
        &self,
        key: &str,
        description: Option<&str>,
        text: &[u8],
    ) -> Result<Found, Unanswered> {
        let text = std::str::from_utf8(text).map_err(|_| {
            Unanswered::Refused(format!("the value of the Variable {key:?} is no UTF-8"))
        })?;
        let stored = self.secrets.fernet.encrypt(text);
        let row = variable::Variable {
            key: key.to_owned(),
            val: Some(stored.text),
            description: description.map(str::to_owned),
            is_encrypted: stored.is_encrypted,
        };
        let mut tx = self.metastore()?.begin().await?;
        variable::set(&mut tx, &row).await?;
        tx.commit().await?;
        Ok((json!({}), Vec::new()))
    }

    pub(super) async fn delete_variable(&self, key: &str) -> Result<Found, Unanswered> {
        let mut tx = self.metastore()?.begin().await?;
        let deleted = variable::delete(&mut tx, key).await?;
        tx.commit().await?;
        Ok((json!({"count": u8::from(deleted)}), Vec::new()))
    }

    pub(super) async fn connection(&self, conn_id: &str) -> Result<Found, Unanswered> {
        let found = self
            .secrets
            .backends
            .connection(conn_id, || self.stored_connection(conn_id))
            .await?;
        let Some(connection) = found else {
            return Ok((json!({"found": false}), Vec::new()));
        };
        let fields = json!({
            "conn_id": conn_id,
            "conn_type": connection.conn_type,
            "description": connection.description,
            "host": connection.host,
            "schema": connection.schema,
            "login": connection.login,
            "password": connection.password,
            "port": connection.port,
            "extra": connection.extra,
        });
        Ok((json!({"found": true, "connection": fields}), Vec::new()))
    }

    async fn stored_connection(&self, conn_id: &str) -> Result<Option<Connection>, Unanswered> {
        let Some(row) = connection::get(self.metastore()?, conn_id).await? else {
            return Ok(None);
        };
        let what = |part: &str| format!("the {part} of the Connection {conn_id:?}");
        Ok(Some(Connection {
            conn_type: Some(row.conn_type),
            description: row.description,
            host: row.host,
            schema: row.schema,
            login: row.login,
            password: self.decrypt(row.password, row.is_encrypted, || what("password"))?,
            port: row.port.map(i64::from),
            extra: self.decrypt(row.extra, row.is_extra_encrypted, || what("extra"))?,
        }))
    }

    fn metastore(&self) -> Result<&Db, Unanswered> {
        self.secrets.metastore.as_ref().ok_or_else(no_database)
    }

    fn decrypt(
        &self,
        value: Option<String>,
        is_encrypted: bool,
        what: impl Fn() -> String,
    ) -> Result<Option<String>, Unanswered> {
        value
            .map(|value| self.secrets.fernet.decrypt(&value, is_encrypted))
            .transpose()
            .map_err(|error: FernetError| Unanswered::Refused(format!("{}: {error}", what())))
    }
}
