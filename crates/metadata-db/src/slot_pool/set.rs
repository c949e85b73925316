//! Writing a pool.

use super::get::Pool;
use crate::{Error, Source, Tx};

/// Inserts the pool or replaces the one of that name.
pub async fn set(tx: &mut Tx, pool: &Pool) -> Result<(), Error> {
    tx.query(
        "INSERT INTO slot_pool (pool, slots, description, include_deferred)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (pool) DO UPDATE
         SET slots = excluded.slots,
             description = excluded.description,
             include_deferred = excluded.include_deferred",
    )
    .bind(pool.pool.as_str())
    .bind(pool.slots)
    .bind(pool.description.as_deref())
    .bind(pool.include_deferred)
    .execute()
    .await
    .map(drop)
}
