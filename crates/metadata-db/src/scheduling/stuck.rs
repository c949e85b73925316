//! Task instances that stay queued.

use sqlx::FromRow;
use updraft_core::{TaskInstanceKey, UtcDateTime};

use super::{
    key::TaskInstanceKeyRow,
    log::{NewLog, insert_log},
};
use crate::{Error, Tx, query::Source, value::DbTimestamp};

/// The event of a task instance that was stuck and goes back; Airflow counts these rows.
pub const STUCK_RESCHEDULE: &str = "stuck in queued reschedule";
/// The event of one that was stuck too often.
pub const STUCK_EXCEEDED: &str = "stuck in queued tries exceeded";

/// A task instance that has been queued for too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    pub key: TaskInstanceKey,
    pub try_number: i32,
    /// How often this try was stuck before.
    pub times_before: i64,
}

/// Task instances that this scheduler queued before `cutoff` and that are queued still.
pub async fn load_stuck(
    tx: &mut Tx,
    job_id: i32,
    cutoff: UtcDateTime,
) -> Result<Vec<Stuck>, Error> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        key: TaskInstanceKeyRow,
        try_number: i32,
        times_before: i64,
    }
    let rows: Vec<Row> = tx
        .query(
            "SELECT t.dag_id, t.run_id, t.task_id, t.map_index,
                 COALESCE(t.try_number, 0) AS try_number,
                 (SELECT COUNT(*)
                  FROM log l
                  WHERE l.dag_id = t.dag_id
                    AND l.task_id = t.task_id
                    AND l.run_id = t.run_id
                    AND l.map_index = t.map_index
                    AND l.try_number = t.try_number
                    AND l.event = 'stuck in queued reschedule') AS times_before
             FROM task_instance t
             WHERE t.state = 'queued'
               AND t.queued_by_job_id = $1
               AND t.queued_dttm < $2",
        )
        .bind(job_id)
        .bind(DbTimestamp(cutoff))
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Stuck {
            key: row.key.into(),
            try_number: row.try_number,
            times_before: row.times_before,
        })
        .collect())
}

/// Sends a stuck task instance back to scheduled under the same try number, or fails it without
/// another try; with the audit row that says so. False where it is not queued any more.
pub async fn end_stuck(
    tx: &mut Tx,
    stuck: &Stuck,
    exceeded: bool,
    now: UtcDateTime,
) -> Result<bool, Error> {
    let sql = if exceeded {
        "UPDATE task_instance
         SET state = 'failed',
             start_date = COALESCE(start_date, $6),
             end_date = $6,
             updated_at = $6
         WHERE dag_id = $1 AND task_id = $2 AND run_id = $3 AND map_index = $4
           AND state = 'queued' AND try_number = $5
         RETURNING dag_id, run_id, task_id, map_index"
    } else {
        "UPDATE task_instance
         SET state = 'scheduled', queued_dttm = NULL, external_executor_id = NULL, updated_at = $6
         WHERE dag_id = $1 AND task_id = $2 AND run_id = $3 AND map_index = $4
           AND state = 'queued' AND try_number = $5
         RETURNING dag_id, run_id, task_id, map_index"
    };
    let row: Option<TaskInstanceKeyRow> = tx
        .query(sql)
        .bind(stuck.key.dag_id.as_str())
        .bind(stuck.key.task_id.as_str())
        .bind(stuck.key.run_id.as_str())
        .bind(stuck.key.map_index.0)
        .bind(stuck.try_number)
        .bind(DbTimestamp(now))
        .fetch_optional()
        .await?;
    if row.is_none() {
        return Ok(false);
    }
    let event = if exceeded {
        STUCK_EXCEEDED
    } else {
        STUCK_RESCHEDULE
    };
    let log = NewLog {
        extra: Some(if exceeded {
            "The task instance was requeued too often without ever starting; it failed.".to_owned()
        } else {
            "The task instance was queued for too long; it is queued again.".to_owned()
        }),
        ..NewLog::of_try(event, &stuck.key, stuck.try_number)
    };
    insert_log(tx, &[log], now).await?;
    Ok(true)
}
