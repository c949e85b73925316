//! Signs of life for everything that runs, and what was decided about it from outside.

use std::{
    pin::Pin,
    sync::{Arc, atomic::Ordering},
};

use jiff::SignedDuration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use updraft_core::{UtcDateTime, error_chain};
use updraft_metadata_db::{
    Db, Error,
    supervision::{TakenAway, heartbeat, renew_lease, taken_away},
};

use crate::{fence::Fence, shared::Shared, task::Stop};

/// Beats until `stop`. Whether the tries are still ours is looked for beside the renewals, since a
/// renewal may wait for a lock, or be refused.
pub(crate) async fn run(shared: Arc<Shared>, db: Db, stop: CancellationToken) {
    let mut ticks = interval(shared.options.limits.heartbeat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut pulse = Pulse::new(shared, db);
    loop {
        tokio::select! {
            _ = ticks.tick() => pulse.beat(),
            (at, result) = pending(&mut pulse.renewal) => pulse.renewed(at, result),
            result = pending(&mut pulse.look) => pulse.looked(result),
            () = stop.cancelled() => return,
        }
        pulse.fence();
    }
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

struct Pulse {
    shared: Arc<Shared>,
    db: Db,
    fence: Fence,
    /// One at a time, however long it takes: each holds a connection.
    renewal: Option<Work<(UtcDateTime, Result<(), Error>)>>,
    look: Option<Work<Result<Vec<TakenAway>, Error>>>,
}

impl Pulse {
    fn new(shared: Arc<Shared>, db: Db) -> Self {
        let limit = SignedDuration::try_from(shared.options.limits.fence / 2);
        Self {
            fence: Fence::new(
                db.engine(),
                limit.unwrap_or(SignedDuration::MAX),
                shared.now(),
            ),
            shared,
            db,
            renewal: None,
            look: None,
        }
    }

    fn beat(&mut self) {
        if self.renewal.is_some() {
            self.fence.renewal_is_under_way();
        } else {
            let (shared, db) = (Arc::clone(&self.shared), self.db.clone());
            self.renewal = Some(Box::pin(async move {
                let now = shared.now();
                (now, renew(&shared, &db, now).await)
            }));
        }
        if self.look.is_some() {
            self.fence.not_answered();
        } else {
            self.fence.look_begins();
            let (jobs, db) = (self.shared.live.job_ids(), self.db.clone());
            self.look = Some(Box::pin(async move { taken_away(&db, &jobs).await }));
        }
    }

    fn renewed(&mut self, at: UtcDateTime, result: Result<(), Error>) {
        self.renewal = None;
        match result {
            Ok(()) => {
                self.fence.renewed(at);
                self.shared.reach.succeeded(self.shared.now());
                self.shared.is_silent.store(false, Ordering::Relaxed);
            }
            Err(error) => {
                self.fence.not_renewed(error.retry());
                self.shared.reach.failed();
                let error = error_chain(&error);
                tracing::warn!(error, "cannot write a heartbeat");
            }
        }
    }

    fn looked(&mut self, result: Result<Vec<TakenAway>, Error>) {
        self.look = None;
        match result {
            Ok(taken) => {
                self.fence.answered(self.shared.now());
                for TakenAway { job_id, state } in taken {
                    self.shared.live.stop(job_id, Stop::SetFromOutside(state));
                }
            }
            // A healthy task is not ended because the database is away.
            Err(error) => {
                self.fence.not_answered();
                let error = error_chain(&error);
                tracing::warn!(error, "cannot see whether the running tasks are still ours");
            }
        }
    }

    /// Others may take us for dead soon, and begin the next tries of what runs here.
    fn fence(&self) {
        if !self.fence.is_due(self.shared.now()) {
            return;
        }
        if !self.shared.is_silent.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "the database answers, but does not take our signs of life: the running tasks are \
                 ended before others take them for lost"
            );
        }
        self.shared.live.stop_all(&Stop::Silent);
    }
}

/// One statement for all tries, however many.
async fn renew(shared: &Shared, db: &Db, now: UtcDateTime) -> Result<(), Error> {
    let jobs = shared.live.job_ids();
    let mut tx = db.begin().await?;
    renew_lease(&mut tx, &shared.lease.id, now).await?;
    if !jobs.is_empty() {
        heartbeat(&mut tx, &jobs, now).await?;
    }
    tx.commit().await
}

async fn pending<T>(work: &mut Option<Work<T>>) -> T {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}
