//! Our lease, and what supervisors of this host left behind when they died.

use std::{collections::HashSet, path::Path, sync::Arc};

use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use updraft_core::{UtcDateTime, error_chain};
use updraft_metadata_db::{
    Db, Engine, Error, Retry,
    supervision::{Lease, RunningLease, end_lease, live_tries, running_leases, take_lease},
};

use crate::{
    host_process::{has_ended, is_of_another_boot, process_space, process_start_time},
    lease_file,
    lost::{self, Recovered},
    options::{Limits, SupervisorOptions},
    process::kill_tagged,
    shared::{Shared, SharedReach},
    spool::{Abandoned, replay},
};

/// This process, as a lease names it.
pub(crate) fn own_lease(id: String, hostname: &str) -> Lease {
    let pid = i32::try_from(std::process::id()).unwrap_or_default();
    Lease {
        id,
        hostname: hostname.to_owned(),
        boot_id: process_space(),
        pid,
        pid_start_time: process_start_time(pid).unwrap_or_default(),
    }
}

/// Heartbeats that a supervisor may miss before its lock is asked after.
pub(crate) const MISSED_HEARTBEATS: u32 = 3;

/// Looks for dead supervisors every so often, until `stop`.
pub(crate) async fn watch(shared: Arc<Shared>, db: Db, stop: CancellationToken) {
    let mut looks = interval(shared.options.limits.lease_check);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            () = stop.cancelled() => return,
        }
        let mut recovered = Vec::new();
        let (own, options) = (&shared.lease, &shared.options);
        if let Err(error) = end_dead(&db, own, options, &shared.reach, &mut recovered).await {
            tracing::warn!(%error, "cannot look for dead supervisors");
        }
        lost::report(&shared, recovered).await;
    }
}

/// Whoever was last heard of before these instants has been silent for so long.
struct Silence {
    of_some_heartbeats: UtcDateTime,
    /// As long as a stock scheduler would wait.
    for_good: UtcDateTime,
}

impl Silence {
    fn now(now: UtcDateTime, limits: &Limits, reach: &SharedReach) -> Self {
        Self {
            of_some_heartbeats: reach.silent_since(now, limits.heartbeat * MISSED_HEARTBEATS),
            for_good: reach.silent_since(now, limits.lease_silence),
        }
    }
}

/// Whether the supervisor is known to be dead: its process is gone, or the machine was started again
/// since, or, where neither can be told, it has been silent for good.
fn is_dead(engine: Engine, other: &RunningLease, silence: &Silence, runtime_dir: &Path) -> bool {
    let RunningLease { lease, heartbeat } = other;
    let has_ended = has_ended(engine, &lease.boot_id, lease.pid, lease.pid_start_time);
    has_ended.unwrap_or_else(|| {
        *heartbeat < silence.for_good
            || *heartbeat < silence.of_some_heartbeats
                && is_of_another_boot(&lease.boot_id)
                && lease_file::is_abandoned(runtime_dir, &lease.id)
    })
}

/// Takes our lease, then stores and ends what dead supervisors left. What does not go at once is left
/// to [`watch`].
pub(crate) async fn take(
    db: &Db,
    own: &Lease,
    options: &SupervisorOptions,
    reach: &SharedReach,
) -> Result<Vec<Recovered>, Error> {
    let mut tx = db.begin().await?;
    take_lease(&mut tx, own, (options.clock)()).await?;
    tx.commit().await?;
    let mut recovered = Vec::new();
    let ended = end_dead(db, own, options, reach, &mut recovered);
    match timeout(options.limits.start_patience, ended).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "cannot look for dead supervisors yet"),
        Err(_) => tracing::warn!("what dead supervisors left is ended later: it takes its time"),
    }
    Ok(recovered)
}

/// Stores the ends that dead supervisors of this home spooled, then ends the other tries of dead
/// supervisors of this host.
async fn end_dead(
    db: &Db,
    own: &Lease,
    options: &SupervisorOptions,
    reach: &SharedReach,
    recovered: &mut Vec<Recovered>,
) -> Result<(), Error> {
    let runtime_dir = options.runtime_dir.as_path();
    let stored = |replayed| recovered.push(Recovered::Replayed(replayed));
    let replayed = replay(db, &own.id, options, stored).await;
    for other in running_leases(db, &own.hostname).await? {
        let silence = Silence::now((options.clock)(), &options.limits, reach);
        let id = &other.lease.id;
        if *id == own.id
            || !is_dead(db.engine(), &other, &silence, runtime_dir)
            // It has died since, another deals with it, or what lies there cannot be stored now.
            || !replayed.contains(id) && Abandoned::is_left(runtime_dir, id)
        {
            continue;
        }
        if !end_tries_of(db, &other.lease, options, recovered).await? {
            continue;
        }
        let mut tx = db.begin().await?;
        end_lease(&mut tx, id, (options.clock)()).await?;
        tx.commit().await?;
        lease_file::remove(runtime_dir, id);
    }
    Ok(())
}

/// First their processes, then their rows. Whether all have an end now; those that have none do not
/// keep the others from it.
async fn end_tries_of(
    db: &Db,
    dead: &Lease,
    options: &SupervisorOptions,
    recovered: &mut Vec<Recovered>,
) -> Result<bool, Error> {
    let tries = live_tries(db, &dead.id).await?;
    let tags: HashSet<_> = tries.iter().map(|lost| lost.tag.clone()).collect();
    if !tags.is_empty() {
        match tokio::task::spawn_blocking(move || kill_tagged(&tags)).await {
            Ok(0) => {}
            Ok(killed) => tracing::warn!(killed, "killed processes of lost tries"),
            Err(error) => tracing::error!(%error, "cannot look for processes of lost tries"),
        }
    }
    let mut is_done = true;
    for lost in tries {
        match lost::end(db, &lost, options).await {
            Ok(Some(state)) => {
                tracing::warn!(task = %lost.key, try_number = lost.try_number, %state, "a try was lost");
                recovered.push(Recovered::Lost { lost, state });
            }
            Ok(None) => {}
            Err(error) if error.retry() == Retry::Connection => return Err(error),
            Err(error) => {
                let error = error_chain(&error);
                tracing::warn!(task = %lost.key, error, "cannot end a lost try yet");
                is_done = false;
            }
        }
    }
    Ok(is_done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_dead_after(seconds: i64, change: impl FnOnce(&mut Lease)) -> bool {
        let folder = tempfile::tempdir().unwrap();
        is_dead_with(folder.path(), seconds, change)
    }

    fn is_dead_with(runtime_dir: &Path, seconds: i64, change: impl FnOnce(&mut Lease)) -> bool {
        let mut lease = own_lease("a".to_owned(), "host");
        change(&mut lease);
        let other = RunningLease {
            lease,
            heartbeat: UtcDateTime::UNIX_EPOCH,
        };
        let limits = Limits::default();
        let reach = SharedReach::since(UtcDateTime::UNIX_EPOCH, &limits);
        for second in (0..=seconds).step_by(5) {
            reach.succeeded(at(second));
        }
        let silence = Silence::now(at(seconds), &limits, &reach);
        is_dead(Engine::Postgres, &other, &silence, runtime_dir)
    }

    fn at(second: i64) -> UtcDateTime {
        UtcDateTime::UNIX_EPOCH.saturating_add(jiff::SignedDuration::from_secs(second))
    }

    #[test]
    fn a_process_that_is_there_is_alive_however_silent() {
        assert!(!is_dead_after(1_000, |_| {}));
    }

    #[test]
    fn a_later_process_of_that_number_is_another() {
        assert!(is_dead_after(0, |lease| lease.pid_start_time -= 1));
    }

    #[test]
    fn elsewhere_only_silence_counts() {
        assert!(!is_dead_after(299, |lease| lease.boot_id = "other".to_owned()));
        assert!(is_dead_after(301, |lease| lease.boot_id = "other".to_owned()));
    }

    #[test]
    fn another_boot_is_over_when_its_lock_is_free_and_it_is_silent() {
        let folder = tempfile::tempdir().unwrap();
        let dead = |seconds| {
            is_dead_with(folder.path(), seconds, |lease| {
                lease.boot_id = "other-1".to_owned();
            })
        };
        let held = lease_file::LeaseFile::hold(folder.path(), "a").unwrap();
        assert!(!dead(299), "it lives elsewhere");
        drop(held);
        assert!(!dead(15), "a copy of its disk");
        assert!(dead(16));
    }

    #[test]
    fn another_container_of_this_boot_may_hold_tasks_of_a_dead_supervisor() {
        let folder = tempfile::tempdir().unwrap();
        drop(lease_file::LeaseFile::hold(folder.path(), "a").unwrap());
        let another = |lease: &mut Lease| lease.boot_id.push('0');
        assert!(!is_dead_with(folder.path(), 299, another));
    }
}
