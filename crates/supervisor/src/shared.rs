//! What all parts of a running supervisor use.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use jiff::SignedDuration;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use updraft_core::{Reach, TaskInstanceKey, UtcDateTime};
use updraft_metadata_db::supervision::Lease;

use crate::{
    command::Command,
    event::Event,
    handle::{SupervisorHandle, WaitingParses},
    lease::MISSED_HEARTBEATS,
    lease_file::LeaseFile,
    options::{Limits, SupervisorOptions},
    parse::Parsers,
    process::Nursery,
    spool::Spool,
    task::Stop,
    task_log::TaskLogs,
};

pub(crate) struct Shared {
    pub(crate) options: SupervisorOptions,
    pub(crate) nursery: Nursery,
    pub(crate) logs: TaskLogs,
    pub(crate) lease: Lease,
    /// `None` where there is no database, or no place for it.
    pub(crate) lease_file: Option<LeaseFile>,
    /// `None` where nothing would tell others that it is ours.
    pub(crate) spool: Option<Spool>,
    pub(crate) live: LiveTries,
    pub(crate) reach: SharedReach,
    /// Others may take us for dead, though the database is up: nothing may begin.
    pub(crate) is_silent: AtomicBool,
    /// Cancelled when every task is to be ended.
    pub(crate) kill: CancellationToken,
    pub(crate) events: mpsc::UnboundedSender<Event>,
    /// Our own: commands come from elsewhere, and their end is the supervisor's.
    pub(crate) commands: mpsc::WeakSender<Command>,
    pub(crate) waiting: WaitingParses,
    pub(crate) parsers: Parsers,
    /// Told when callbacks may wait in the database.
    pub(crate) callbacks_wait: Notify,
}

impl Shared {
    pub(crate) fn now(&self) -> UtcDateTime {
        (self.options.clock)()
    }

    /// `None` when nobody gives commands any more.
    pub(crate) fn handle(&self) -> Option<SupervisorHandle> {
        Some(SupervisorHandle {
            commands: self.commands.upgrade()?,
            waiting: self.waiting.clone(),
        })
    }

    pub(crate) fn tell(&self, event: Event) {
        let event = match event {
            Event::Parsed(report) => match self.waiting.hand_over(report) {
                Some(report) => Event::Parsed(report),
                None => return,
            },
            event => event,
        };
        // Nobody listens any more: the work goes on, its results are in the database.
        let _ = self.events.send(event);
    }
}

/// When our heartbeats reached the database.
pub(crate) struct SharedReach(Mutex<Reach>);

impl SharedReach {
    pub(crate) fn since(start: UtcDateTime, limits: &Limits) -> Self {
        let gap = limits.heartbeat * MISSED_HEARTBEATS;
        Self(Mutex::new(Reach::since(
            start,
            signed(gap.max(SHORTEST_GAP)),
        )))
    }

    pub(crate) fn succeeded(&self, now: UtcDateTime) {
        self.lock().succeeded(now);
    }

    pub(crate) fn failed(&self) {
        self.lock().failed();
    }

    /// Who was last heard of before this instant has been silent for `threshold`, while it could have
    /// been heard.
    pub(crate) fn silent_since(&self, now: UtcDateTime, threshold: Duration) -> UtcDateTime {
        self.lock().cutoff(now, signed(threshold))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Reach> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A busy machine may be late with a heartbeat.
const SHORTEST_GAP: Duration = Duration::from_secs(10);

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// The tries that run, by the id of their job.
#[derive(Default)]
pub(crate) struct LiveTries(Mutex<HashMap<i32, LiveTry>>);

struct LiveTry {
    key: TaskInstanceKey,
    try_number: i32,
    stop: mpsc::UnboundedSender<Stop>,
}

/// Whatever becomes of whoever attends to a try: nobody beats for it after that.
pub(crate) struct Live<'a> {
    tries: &'a LiveTries,
    job_id: i32,
    /// Requests to end the try.
    pub(crate) stops: mpsc::UnboundedReceiver<Stop>,
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.tries.lock().remove(&self.job_id);
    }
}

impl LiveTries {
    /// The try lives until the value is dropped.
    pub(crate) fn add(&self, job_id: i32, key: TaskInstanceKey, try_number: i32) -> Live<'_> {
        let (stop, stops) = mpsc::unbounded_channel();
        self.lock().insert(
            job_id,
            LiveTry {
                key,
                try_number,
                stop,
            },
        );
        Live {
            tries: self,
            job_id,
            stops,
        }
    }

    pub(crate) fn job_ids(&self) -> Vec<i32> {
        self.lock().keys().copied().collect()
    }

    pub(crate) fn stop(&self, job_id: i32, stop: Stop) {
        if let Some(live) = self.lock().get(&job_id) {
            let _ = live.stop.send(stop);
        }
    }

    pub(crate) fn stop_all(&self, stop: &Stop) {
        for live in self.lock().values() {
            let _ = live.stop.send(stop.clone());
        }
    }

    pub(crate) fn stop_try(&self, key: &TaskInstanceKey, try_number: i32, stop: &Stop) {
        for live in self.lock().values() {
            if live.key == *key && live.try_number == try_number {
                let _ = live.stop.send(stop.clone());
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<i32, LiveTry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use updraft_core::MapIndex;

    use super::*;

    #[tokio::test]
    async fn a_try_that_nobody_attends_to_does_not_live() {
        let tries = Arc::new(LiveTries::default());
        let attended = Arc::clone(&tries);
        let attempt = tokio::spawn(async move {
            let key = TaskInstanceKey {
                dag_id: "d".into(),
                run_id: "r".into(),
                task_id: "t".into(),
                map_index: MapIndex::UNMAPPED,
            };
            let _live = attended.add(7, key, 1);
            assert_eq!(attended.job_ids(), [7]);
            panic!("as a bug would");
        });
        assert!(attempt.await.unwrap_err().is_panic());
        assert!(tries.job_ids().is_empty());
    }
}
