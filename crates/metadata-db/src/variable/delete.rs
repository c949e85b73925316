//! Removing a variable.

use crate::{Error, Source, Tx};

/// False where there was none.
pub async fn delete(tx: &mut Tx, key: &str) -> Result<bool, Error> {
    let deleted = tx
        .query("DELETE FROM variable WHERE key = $1")
        .bind(key)
        .execute()
        .await?;
    Ok(deleted > 0)
}
