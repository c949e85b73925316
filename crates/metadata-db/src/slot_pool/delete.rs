//! Removing a pool.

use super::DEFAULT_POOL;
use crate::{Error, Source, Tx};

/// False where there was none, and for the default pool.
pub async fn delete(tx: &mut Tx, pool: &str) -> Result<bool, Error> {
    if pool == DEFAULT_POOL {
        return Ok(false);
    }
    let deleted = tx
        .query("DELETE FROM slot_pool WHERE pool = $1")
        .bind(pool)
        .execute()
        .await?;
    Ok(deleted > 0)
}
