//! How many DAGs there are.

use sqlx::FromRow;

use crate::{Error, Source};

#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct Census {
    /// DAGs whose files are there, without SubDAGs.
    pub dags: i64,
    /// Of these.
    pub paused: i64,
    /// Files that cannot be imported.
    pub import_errors: i64,
}

pub async fn census<'c>(source: impl Source<'c>) -> Result<Census, Error> {
    source
        .query(
            "SELECT COUNT(*) AS dags,
                 COUNT(CASE WHEN is_paused THEN 1 END) AS paused,
                 (SELECT COUNT(DISTINCT filename) FROM import_error) AS import_errors
             FROM dag
             WHERE is_active AND NOT COALESCE(is_subdag, FALSE)",
        )
        .fetch_one()
        .await
}
