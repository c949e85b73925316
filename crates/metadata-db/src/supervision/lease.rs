//! The leases of supervisors: who watches over which tries.

use sqlx::FromRow;
use updraft_core::UtcDateTime;

use crate::{Error, Tx, query::Source, value::DbTimestamp};

/// A supervisor as a process that can be told from a later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Lease {
    pub id: String,
    pub hostname: String,
    /// Within what `pid` means something: a boot of a machine, and a process namespace on it.
    pub boot_id: String,
    pub pid: i32,
    /// Field 22 of `/proc/<pid>/stat`.
    pub pid_start_time: i64,
}

pub async fn take_lease(tx: &mut Tx, lease: &Lease, now: UtcDateTime) -> Result<(), Error> {
    tx.query(
        "INSERT INTO updraft_supervisor (
             id, hostname, boot_id, pid, pid_start_time, started_at, heartbeat)
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(lease.id.as_str())
    .bind(lease.hostname.as_str())
    .bind(lease.boot_id.as_str())
    .bind(lease.pid)
    .bind(lease.pid_start_time)
    .bind(DbTimestamp(now))
    .execute()
    .await?;
    Ok(())
}

/// If somebody took the supervisor for dead meanwhile, its lease runs again: without it, nobody would
/// look for the tries that it claims from now on.
pub async fn renew_lease(tx: &mut Tx, id: &str, now: UtcDateTime) -> Result<(), Error> {
    tx.query("UPDATE updraft_supervisor SET heartbeat = $2, ended_at = NULL WHERE id = $1")
        .bind(id)
        .bind(DbTimestamp(now))
        .execute()
        .await?;
    Ok(())
}

pub async fn end_lease(tx: &mut Tx, id: &str, now: UtcDateTime) -> Result<(), Error> {
    tx.query(
        "UPDATE updraft_supervisor
         SET ended_at = $2
         WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(id)
    .bind(DbTimestamp(now))
    .execute()
    .await?;
    Ok(())
}

/// A lease with its last sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningLease {
    pub lease: Lease,
    pub heartbeat: UtcDateTime,
}

/// The leases under this host's name that nobody has ended.
pub async fn running_leases<'c>(
    source: impl Source<'c>,
    hostname: &str,
) -> Result<Vec<RunningLease>, Error> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        lease: Lease,
        heartbeat: DbTimestamp,
    }
    let rows: Vec<Row> = source
        .query(
            "SELECT id, hostname, boot_id, pid, pid_start_time, heartbeat
             FROM updraft_supervisor
             WHERE hostname = $1 AND ended_at IS NULL",
        )
        .bind(hostname)
        .fetch_all()
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| RunningLease {
            lease: row.lease,
            heartbeat: row.heartbeat.into(),
        })
        .collect())
}
