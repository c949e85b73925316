//! Our lease, and what supervisors of this host left behind when they died.

use std::{collections::HashSet, fs};

use updraft_core::{failure::OnWorkerLoss, state::TaskInstanceState, time::Clock};
use updraft_metadata_db::{
    Db, Error,
    supervision::{
        Lease, LostTry, end_lease, end_lost_try, live_tries, running_leases, take_lease,
    },
};

use crate::process::kill_tagged;

/// This process, as a lease names it.
pub(crate) fn own_lease(id: String, hostname: &str) -> Lease {
    let pid = std::process::id();
    Lease {
        id,
        hostname: hostname.to_owned(),
        boot_id: boot_id(),
        pid: i32::try_from(pid).unwrap_or_default(),
        pid_start_time: start_time(&pid.to_string()).unwrap_or_default(),
    }
}

fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}

/// Field 22 of `/proc/<pid>/stat`; the second field may hold anything, but ends with `)`.
fn start_time(pid: &str) -> Option<i64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    let state = after_name.split(' ').next()?;
    // Dead, but not reaped yet.
    if matches!(state, "Z" | "X") {
        return None;
    }
    after_name.split(' ').nth(19)?.parse().ok()
}

fn is_alive(lease: &Lease, boot_id: &str) -> bool {
    lease.boot_id == boot_id && start_time(&lease.pid.to_string()) == Some(lease.pid_start_time)
}

/// A lost try and the state that its task instance has now.
pub(crate) struct Recovered {
    pub(crate) lost: LostTry,
    pub(crate) state: TaskInstanceState,
}

/// Takes our lease, then ends the tries of dead supervisors of this host: first their processes,
/// then their rows.
pub(crate) async fn take(
    db: &Db,
    own: &Lease,
    on_worker_loss: OnWorkerLoss,
    clock: &Clock,
) -> Result<Vec<Recovered>, Error> {
    let mut tx = db.begin().await?;
    take_lease(&mut tx, own, clock()).await?;
    tx.commit().await?;
    let mut recovered = Vec::new();
    for lease in running_leases(db, &own.hostname).await? {
        if lease.id == own.id || is_alive(&lease, &own.boot_id) {
            continue;
        }
        let tries = live_tries(db, &lease.id).await?;
        let tags: HashSet<_> = tries.iter().map(|lost| lost.tag.clone()).collect();
        if !tags.is_empty() {
            match tokio::task::spawn_blocking(move || kill_tagged(&tags)).await {
                Ok(0) => {}
                Ok(killed) => tracing::warn!(killed, "killed processes of lost tries"),
                Err(error) => tracing::error!(%error, "cannot look for processes of lost tries"),
            }
        }
        for lost in tries {
            let mut tx = db.begin().await?;
            let state = end_lost_try(&mut tx, &lost, on_worker_loss, clock()).await?;
            tx.commit().await?;
            if let Some(state) = state {
                tracing::warn!(task = %lost.key, try_number = lost.try_number, %state, "a try was lost");
                recovered.push(Recovered { lost, state });
            }
        }
        let mut tx = db.begin().await?;
        end_lease(&mut tx, &lease.id, clock()).await?;
        tx.commit().await?;
    }
    Ok(recovered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_a_later_one_is_not_this() {
        let own = own_lease("a".to_owned(), "host");
        assert!(own.pid_start_time > 0);
        assert!(is_alive(&own, &own.boot_id));
        assert!(!is_alive(&own, "another boot"));
        let reused = Lease {
            pid_start_time: own.pid_start_time - 1,
            ..own.clone()
        };
        assert!(!is_alive(&reused, &own.boot_id));
    }
}
