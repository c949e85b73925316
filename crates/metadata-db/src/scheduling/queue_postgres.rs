//! The critical section as one message: on a database that is a network away every round trip between
//! two tasks delays the second.
//!
//! PostgreSQL runs the statements of one message in one transaction, and each of them sees what was
//! committed before it began. So what the second counts includes what others did before the locks of
//! the first were taken, as with two messages. Such a message has no parameters: values are literals
//! in it, and the statement is prepared by name, so that it is not planned every time.

use std::{panic::Location, sync::LazyLock};

use sqlx::{AssertSqlSafe, FromRow as _, PgConnection, Row as _, postgres::PgRow};
use updraft_core::UtcDateTime;

use super::queue::{ENTER, QUEUE, Queued, Queueing};
use crate::{
    Error,
    connect::PostgresPool,
    hash::md5_hex,
    value::{DbTimestamp, JsonText},
};

/// In the session, where the driver's own names do not look like this. Another version of Updraft may
/// have prepared another text there, behind a pooler.
static PREPARED: LazyLock<String> =
    LazyLock::new(|| format!("updraft_queue_{}", md5_hex(QUEUE.postgres)));

/// `invalid_sql_statement_name`: this session has not prepared it yet.
const NOT_PREPARED: &str = "26000";
/// `duplicate_prepared_statement`
const PREPARED_ALREADY: &str = "42P05";

/// `None`, and nothing is done, where the pool turns out to keep no sessions.
pub(super) async fn queue(
    pool: &PostgresPool,
    wanted: &JsonText,
    job_id: i32,
    now: UtcDateTime,
) -> Result<Option<Queueing>, Error> {
    let message = message(wanted, job_id, now);
    let sent = async {
        let mut connection = pool.acquire().await?;
        match pool.answered(send(&mut connection, &message)).await {
            Err(error) if has_code(&error, NOT_PREPARED) => {
                pool.answered(prepare(&mut connection)).await?;
                pool.answered(send(&mut connection, &message)).await
            }
            sent => sent,
        }
    };
    let sent = sent.await;
    // It was another session than the one that was asked before.
    if let Err(error) = &sent
        && (has_code(error, NOT_PREPARED) || has_code(error, PREPARED_ALREADY))
    {
        pool.sessions_are_shared();
        tracing::info!(
            "a pooler gives each transaction another session of PostgreSQL: \
             tasks are queued by several messages"
        );
        return Ok(None);
    }
    let queueing = sent.map_err(|source| {
        pool.suspect(&source);
        let place = Location::caller();
        Error::Query { place, source }
    });
    match queueing {
        Err(error) if error.is_lock_not_available() => Ok(Some(Queueing::Busy)),
        queueing => queueing.map(Some),
    }
}

fn message(wanted: &JsonText, job_id: i32, now: UtcDateTime) -> String {
    let (wanted, now) = (literal(&wanted.0), literal(&DbTimestamp(now).to_string()));
    let prepared = PREPARED.as_str();
    format!("{ENTER};\nEXECUTE {prepared} ({wanted}, {now}, {job_id})")
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
        "PREPARE {} (json, timestamptz, int) AS {}",
        PREPARED.as_str(),
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
