//! When a rescheduled sensor began to look.

use updraft_core::TaskInstanceKey;

use crate::{DbTimestamp, Error, Source};

/// The start of the first poke in this try or a later one; `None` at the first. Airflow asks for later
/// ones, too: the row of the first may not have been stored.
pub async fn first_reschedule<'c>(
    on: impl Source<'c>,
    of: &TaskInstanceKey,
    try_number: i32,
) -> Result<Option<DbTimestamp>, Error> {
    let row: Option<(DbTimestamp,)> = on
        .query(
            "SELECT start_date
             FROM task_reschedule
             WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4
               AND try_number >= $5
             ORDER BY id
             LIMIT 1",
        )
        .bind(of.dag_id.as_str())
        .bind(of.run_id.as_str())
        .bind(of.task_id.as_str())
        .bind(of.map_index.0)
        .bind(try_number)
        .fetch_optional()
        .await?;
    Ok(row.map(|(start_date,)| start_date))
}
