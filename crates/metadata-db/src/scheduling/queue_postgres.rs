//! The critical section as one message: on a database that is a network away every round trip between
//! two tasks delays the second.
//!
//! PostgreSQL runs the statements of one message in one transaction, and each of them sees what was
//! committed before it began. So what the second counts includes what others did before the locks of
//! the first were taken, as with two messages. Such a message has no parameters: values are literals
//! in it, and the statement is prepared by name, so that it is not planned every time.

use std::panic::Location;

use sqlx::{AssertSqlSafe, FromRow as _, PgConnection, Row as _, postgres::PgRow};
use updraft_core::UtcDateTime;

use super::queue::{ENTER, QUEUE, Queued, Queueing};
use crate::{
    Error,
    connect::PostgresPool,
    value::{DbTimestamp, JsonText},
};

/// In the session, where the driver's own names do not look like this.
const PREPARED: &str = "updraft_queue_task_instances";

/// `invalid_sql_statement_name`: this session has not prepared it yet.
const NOT_PREPARED: &str = "26000";

pub(super) async fn queue(
    pool: &PostgresPool,
    wanted: &JsonText,
    job_id: i32,
    now: UtcDateTime,
) -> Result<Queueing, Error> {
    let message = message(wanted, job_id, now);
    let sent = async {
        let mut connection = pool.acquire().await?;
        match send(&mut connection, &message).await {
            Err(error) if has_code(&error, NOT_PREPARED) => {
                prepare(&mut connection).await?;
                send(&mut connection, &message).await
            }
            sent => sent,
        }
    };
    let queueing = sent.await.map_err(|source| {
        pool.suspect(&source);
        let place = Location::caller();
        Error::Query { place, source }
    });
    match queueing {
        Err(error) if error.is_lock_not_available() => Ok(Queueing::Busy),
        queueing => queueing,
    }
}

fn message(wanted: &JsonText, job_id: i32, now: UtcDateTime) -> String {
    let (wanted, now) = (literal(&wanted.0), literal(&DbTimestamp(now).to_string()));
    format!("{ENTER};\nEXECUTE {PREPARED} ({wanted}, {now}, {job_id})")
}

async fn send(connection: &mut PgConnection, message: &str) -> Result<Queueing, sqlx::Error> {
    let rows: Vec<PgRow> = sqlx::raw_sql(AssertSqlSafe(message.to_owned()))
        .fetch_all(connection)
        .await?;
    let mut rows = rows.iter();
    let entered: Option<bool> = rows.next().map(|row| row.try_get(0)).transpose()?;
    if entered != Some(true) {
        return Ok(Queueing::Busy);
    }
    let queued: Result<Vec<_>, _> = rows
        .map(|row| Queued::from_row(row).map(Into::into))
        .collect();
    queued.map(Queueing::Done)
}

async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let statement = format!(
        "PREPARE {PREPARED} (json, timestamptz, int) AS {}",
        QUEUE.postgres
    );
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await?;
    Ok(())
}

/// Means the same whatever `standard_conforming_strings` says.
fn literal(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('\'', r"\'");
    format!("E'{escaped}'")
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.code().as_deref() == Some(code))
}
