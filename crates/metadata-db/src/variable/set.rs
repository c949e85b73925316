//! Writing a variable.

use super::get::Variable;
use crate::{Error, Source, Tx};

/// Replaces the whole row, description included. Airflow deletes and inserts, and so gives a new
/// id each time; one statement has no moment without the variable.
pub async fn set(tx: &mut Tx, variable: &Variable) -> Result<(), Error> {
    tx.query(
        "INSERT INTO variable (key, val, description, is_encrypted)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO UPDATE
         SET val = excluded.val,
             description = excluded.description,
             is_encrypted = excluded.is_encrypted",
    )
    .bind(variable.key.as_str())
    .bind(variable.val.as_deref())
    .bind(variable.description.as_deref())
    .bind(variable.is_encrypted)
    .execute()
    .await
    .map(drop)
}
