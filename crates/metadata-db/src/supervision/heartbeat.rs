//! Signs of life of all running tries, and which of them were taken away.

use std::time::Duration;

use sqlx::FromRow;
use updraft_core::UtcDateTime;

use crate::{
    Dialects, Error, Tx,
    query::Source,
    value::{DbTimestamp, json_parameter},
};

/// Waits for no lock longer than that in the rest of the transaction: the server breaks it off itself,
/// and is not left with one more that nobody waits for at each attempt.
pub async fn limit_locks(tx: &mut Tx, limit: Duration) -> Result<(), Error> {
    const LIMIT: Dialects = Dialects {
        postgres: "SELECT set_config('lock_timeout', $1, true)",
        // The transaction has all its locks.
        sqlite: "SELECT $1",
    };
    tx.query(LIMIT)
        .bind(format!("{}ms", limit.as_millis().max(1)))
        .execute()
        .await?;
    Ok(())
}

/// Beats for the jobs of all running tries in one statement. The jobs that no longer run are left
/// alone.
pub async fn heartbeat(tx: &mut Tx, job_ids: &[i32], now: UtcDateTime) -> Result<(), Error> {
    const UPDATE: Dialects = Dialects {
        postgres: "UPDATE job SET latest_heartbeat = $2
            WHERE state = 'running'
              AND id IN (SELECT value::text::int FROM json_array_elements($1))",
        sqlite: "UPDATE job SET latest_heartbeat = $2
            WHERE state = 'running' AND id IN (SELECT value FROM json_each($1))",
    };
    tx.query(UPDATE)
        .bind(json_parameter(job_ids)?)
        .bind(DbTimestamp(now))
        .execute()
        .await?;
    Ok(())
}

/// A try that is no longer its task instance's running one.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct TakenAway {
    pub job_id: i32,
    /// The state that somebody set, where the row still names this job; else another try has it,
    /// or the task instance is gone.
    pub state: Option<String>,
}

/// Which of the tries with these jobs do not run any more as far as the database says. (A cleared
/// one has state restarting.) The jobs are read as schedulers read them: while nobody can, nobody
/// takes a try for silent, and this is not answered either.
pub async fn taken_away<'c>(
    source: impl Source<'c>,
    job_ids: &[i32],
) -> Result<Vec<TakenAway>, Error> {
    const SELECT: Dialects = Dialects {
        postgres: "SELECT v.id AS job_id, t.state
            FROM (SELECT value::text::int AS id FROM json_array_elements($1)) v
            LEFT JOIN task_instance t ON t.job_id = v.id
            LEFT JOIN job j ON j.id = v.id
            WHERE t.state IS DISTINCT FROM 'running'",
        sqlite: "SELECT v.value AS job_id, t.state
            FROM json_each($1) v
            LEFT JOIN task_instance t ON t.job_id = v.value
            LEFT JOIN job j ON j.id = v.value
            WHERE t.state IS NOT 'running'",
    };
    source
        .query(SELECT)
        .bind(json_parameter(job_ids)?)
        .fetch_all()
        .await
}
