//! Reading variables.

use crate::{Error, Source};

#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Variable {
    pub key: String,
    /// A Fernet token where `is_encrypted`.
    pub val: Option<String>,
    pub description: Option<String>,
    pub is_encrypted: bool,
}

impl std::fmt::Debug for Variable {
    /// Without the value, which may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Variable")
            .field("key", &self.key)
            .field("is_encrypted", &self.is_encrypted)
            .finish_non_exhaustive()
    }
}

pub async fn get<'c>(on: impl Source<'c>, key: &str) -> Result<Option<Variable>, Error> {
    on.query(
        "SELECT key, val, description, COALESCE(is_encrypted, FALSE) AS is_encrypted
         FROM variable
         WHERE key = $1",
    )
    .bind(key)
    .fetch_optional()
    .await
}

/// All variables by key.
pub async fn list<'c>(on: impl Source<'c>) -> Result<Vec<Variable>, Error> {
    on.query(
        "SELECT key, val, description, COALESCE(is_encrypted, FALSE) AS is_encrypted
         FROM variable
         WHERE key IS NOT NULL
         ORDER BY key",
    )
    .fetch_all()
    .await
}
