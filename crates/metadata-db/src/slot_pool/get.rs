//! Reading pools.

use crate::{Error, Source};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Pool {
    pub pool: String,
    /// -1 for no limit.
    pub slots: i32,
    pub description: Option<String>,
    /// Deferred task instances occupy slots too.
    pub include_deferred: bool,
}

pub async fn get<'c>(on: impl Source<'c>, pool: &str) -> Result<Option<Pool>, Error> {
    on.query(
        "SELECT pool, COALESCE(slots, 0) AS slots, description, include_deferred
         FROM slot_pool
         WHERE pool = $1",
    )
    .bind(pool)
    .fetch_optional()
    .await
}

/// All pools by name.
pub async fn list<'c>(on: impl Source<'c>) -> Result<Vec<Pool>, Error> {
    on.query(
        "SELECT pool, COALESCE(slots, 0) AS slots, description, include_deferred
         FROM slot_pool
         WHERE pool IS NOT NULL
         ORDER BY pool",
    )
    .fetch_all()
    .await
}
