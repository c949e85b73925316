//! What all parts of a running supervisor use.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use updraft_core::{TaskInstanceKey, UtcDateTime};
use updraft_metadata_db::supervision::Lease;

use crate::{
    event::Event, handle::WaitingParses, lease_file::LeaseFile, options::SupervisorOptions,
    process::Nursery, task::Stop, task_log::TaskLogs,
};

pub(crate) struct Shared {
    pub(crate) options: SupervisorOptions,
    pub(crate) nursery: Nursery,
    pub(crate) logs: TaskLogs,
    pub(crate) lease: Lease,
    /// `None` where there is no database, or no place for it.
    pub(crate) lease_file: Option<LeaseFile>,
    pub(crate) live: LiveTries,
    /// Cancelled when every task is to be ended.
    pub(crate) kill: CancellationToken,
    pub(crate) events: mpsc::UnboundedSender<Event>,
    pub(crate) waiting: WaitingParses,
    /// Told when callbacks may wait in the database.
    pub(crate) callbacks_wait: Notify,
}

impl Shared {
    pub(crate) fn now(&self) -> UtcDateTime {
        (self.options.clock)()
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

/// The tries that run, by the id of their job.
#[derive(Default)]
pub(crate) struct LiveTries(Mutex<HashMap<i32, LiveTry>>);

struct LiveTry {
    key: TaskInstanceKey,
    try_number: i32,
    stop: mpsc::UnboundedSender<Stop>,
}

impl LiveTries {
    /// The receiver gets requests to end the try.
    pub(crate) fn add(
        &self,
        job_id: i32,
        key: TaskInstanceKey,
        try_number: i32,
    ) -> mpsc::UnboundedReceiver<Stop> {
        let (stop, receiver) = mpsc::unbounded_channel();
        self.lock().insert(
            job_id,
            LiveTry {
                key,
                try_number,
                stop,
            },
        );
        receiver
    }

    pub(crate) fn remove(&self, job_id: i32) {
        self.lock().remove(&job_id);
    }

    pub(crate) fn job_ids(&self) -> Vec<i32> {
        self.lock().keys().copied().collect()
    }

    pub(crate) fn stop(&self, job_id: i32, stop: Stop) {
        if let Some(live) = self.lock().get(&job_id) {
            let _ = live.stop.send(stop);
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
