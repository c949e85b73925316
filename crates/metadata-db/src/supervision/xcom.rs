//! Values that tasks leave for others.

use updraft_core::{TaskInstanceKey, UtcDateTime};

use super::try_key::{TryKey, bind_key};
use crate::{Error, Tx, query::Source, value::DbTimestamp};

#[derive(Clone, Copy, Debug)]
pub struct XComValue<'a> {
    pub key: &'a str,
    pub value: &'a [u8],
}

/// Sets an XCom of `of` on behalf of a try, usually its own. False: the try is not the task
/// instance's current one any more, or there is no such task instance.
pub async fn set_xcom(
    tx: &mut Tx,
    by: TryKey<'_>,
    of: &TaskInstanceKey,
    xcom: XComValue<'_>,
    now: UtcDateTime,
) -> Result<bool, Error> {
    if by.lock_running(tx).await?.is_none() {
        return Ok(false);
    }
    write_xcom(tx, of, xcom, now).await
}

/// As [`set_xcom`], for the callbacks of a try that has ended and has no successor yet.
pub async fn set_xcom_of_ended(
    tx: &mut Tx,
    by: TryKey<'_>,
    of: &TaskInstanceKey,
    xcom: XComValue<'_>,
    now: UtcDateTime,
) -> Result<bool, Error> {
    if by.lock(tx).await?.is_none() {
        return Ok(false);
    }
    write_xcom(tx, of, xcom, now).await
}

/// As Airflow does it: DELETE, then INSERT. False: there is no such task instance.
pub(super) async fn write_xcom(
    tx: &mut Tx,
    of: &TaskInstanceKey,
    xcom: XComValue<'_>,
    now: UtcDateTime,
) -> Result<bool, Error> {
    bind_key(
        tx.query(
            "DELETE FROM xcom
             WHERE dag_id = $1 AND run_id = $2 AND task_id = $3 AND map_index = $4 AND key = $5",
        ),
        of,
    )
    .bind(xcom.key)
    .execute()
    .await?;
    let inserted = bind_key(
        tx.query(
            "INSERT INTO xcom (
                 dag_run_id, dag_id, run_id, task_id, map_index, key, value, timestamp)
             SELECT r.id, t.dag_id, t.run_id, t.task_id, t.map_index, $5, $6, $7
             FROM task_instance t
             JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id
             WHERE t.dag_id = $1 AND t.run_id = $2 AND t.task_id = $3 AND t.map_index = $4",
        ),
        of,
    )
    .bind(xcom.key)
    .bind(xcom.value.to_vec())
    .bind(DbTimestamp(now))
    .execute()
    .await?;
    Ok(inserted > 0)
}
