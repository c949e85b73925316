//! Running task instances whose supervisor is not heard of.

use sqlx::FromRow;
use updraft_core::{TaskInstanceKey, UtcDateTime};

use super::key::TaskInstanceKeyRow;
use crate::{Error, query::Source, value::DbTimestamp};

/// A task instance that is said to run, with the job that does not show a sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zombie {
    pub key: TaskInstanceKey,
    pub try_number: i32,
    pub job_id: i32,
    /// Of its process, where an Updraft supervisor started it.
    pub tag: Option<String>,
    pub hostname: Option<String>,
    pub latest_heartbeat: Option<UtcDateTime>,
}

/// Running task instances whose `LocalTaskJob` ended or has not been heard of since `cutoff`, if
/// this scheduler or a dead one queued them, or nobody who looks for them (`tasks run`, whose row of
/// `job` is there until its task has ended).
pub async fn load_zombies<'c>(
    source: impl Source<'c>,
    job_id: i32,
    cutoff: UtcDateTime,
) -> Result<Vec<Zombie>, Error> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        key: TaskInstanceKeyRow,
        try_number: i32,
        job_id: i32,
        tag: Option<String>,
        hostname: Option<String>,
        latest_heartbeat: Option<DbTimestamp>,
    }
    let rows: Vec<Row> = source
        .query(
            "SELECT t.dag_id, t.run_id, t.task_id, t.map_index,
                 COALESCE(t.try_number, 0) AS try_number, j.id AS job_id,
                 (SELECT MAX(u.tag)
                  FROM updraft_task_try u
                  WHERE u.dag_id = t.dag_id
                    AND u.run_id = t.run_id
                    AND u.task_id = t.task_id
                    AND u.map_index = t.map_index
                    AND u.job_id = j.id) AS tag,
                 t.hostname, j.latest_heartbeat
             FROM task_instance t
             JOIN job j ON j.id = t.job_id
             LEFT JOIN job s ON s.id = t.queued_by_job_id
             WHERE t.state IN ('running', 'restarting')
               AND j.job_type = 'LocalTaskJob'
               AND (COALESCE(j.state, '') NOT IN ('running', 'restarting')
                    OR j.latest_heartbeat < $2)
               AND (t.queued_by_job_id = $1
                    OR COALESCE(s.state, '') <> 'running'
                    OR s.job_type = 'LocalTaskJob')",
        )
        .bind(job_id)
        .bind(DbTimestamp(cutoff))
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Zombie {
            key: row.key.into(),
            try_number: row.try_number,
            job_id: row.job_id,
            tag: row.tag,
            hostname: row.hostname,
            latest_heartbeat: row.latest_heartbeat.map(UtcDateTime::from),
        })
        .collect())
}
