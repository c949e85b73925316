//! Whether a run is there that was asked for, where the answer was lost.

use updraft_core::UtcDateTime;

use crate::{Error, Source, value::DbTimestamp};

/// A run of that id and date that began to wait no earlier than at that instant.
pub async fn was_created_since<'c>(
    on: impl Source<'c>,
    (dag_id, run_id): (&str, &str),
    logical_date: UtcDateTime,
    since: UtcDateTime,
) -> Result<bool, Error> {
    let row: Option<(i32,)> = on
        .query(
            "SELECT 1
             FROM dag_run
             WHERE dag_id = $1 AND run_id = $2 AND execution_date = $3 AND queued_at >= $4",
        )
        .bind(dag_id)
        .bind(run_id)
        .bind(DbTimestamp(logical_date))
        .bind(DbTimestamp(since))
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}
