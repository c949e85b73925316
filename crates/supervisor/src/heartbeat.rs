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
    Db, Engine, Error,
    supervision::{TakenAway, heartbeat, limit_locks, renew_lease, taken_away},
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
            (at, result) = answer(&mut pulse.renewal) => pulse.renewed(at, result),
            result = answer(&mut pulse.look) => pulse.looked(result),
            () = stop.cancelled() => return,
        }
        pulse.fence();
    }
}

/// Beats after which an answer does not come any more: neither side hears of a router that forgot
/// their connection, or of a server that vanished. The next attempt is made on another connection,
/// which has what is left of the fence's limit: see [`crate::Limits::heartbeat`].
const MOST_BEATS: u32 = 3;
/// Beats that a renewal may wait for a lock. The server breaks it off before we would.
const LOCK_BEATS: u32 = 2;

struct Work<T> {
    answer: Pin<Box<dyn Future<Output = T> + Send>>,
    /// For which it has been under way.
    beats: u32,
}

impl<T> Work<T> {
    fn begin(answer: impl Future<Output = T> + Send + 'static) -> Self {
        Self {
            answer: Box::pin(answer),
            beats: 0,
        }
    }
}

struct Pulse {
    shared: Arc<Shared>,
    db: Db,
    fence: Fence,
    /// One at a time: each holds a connection.
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
        if is_under_way(&mut self.renewal) {
            self.fence.renewal_is_under_way();
        }
        if is_under_way(&mut self.look) {
            self.fence.not_answered();
        }
        // The file of SQLite has no connection that could be lost.
        if self.db.engine() == Engine::Postgres {
            give_up(&mut self.renewal, "a heartbeat");
            give_up(&mut self.look, "a look at the running tasks");
        }
        if self.renewal.is_none() {
            let (shared, db) = (Arc::clone(&self.shared), self.db.clone());
            self.renewal = Some(Work::begin(async move {
                let now = shared.now();
                (now, renew(&shared, &db, now).await)
            }));
        }
        if self.look.is_none() {
            self.fence.look_begins();
            let (jobs, db) = (self.shared.live.job_ids(), self.db.clone());
            self.look = Some(Work::begin(async move { taken_away(&db, &jobs).await }));
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
    limit_locks(&mut tx, shared.options.limits.heartbeat * LOCK_BEATS).await?;
    renew_lease(&mut tx, &shared.lease.id, now).await?;
    if !jobs.is_empty() {
        heartbeat(&mut tx, &jobs, now).await?;
    }
    tx.commit().await
}

/// Whether it is, which it has been for one beat more then.
fn is_under_way<T>(work: &mut Option<Work<T>>) -> bool {
    if let Some(work) = work {
        work.beats += 1;
    }
    work.is_some()
}

/// Dropped, it gives up its connection.
fn give_up<T>(work: &mut Option<Work<T>>, what: &str) {
    if work.take_if(|work| work.beats >= MOST_BEATS).is_some() {
        tracing::warn!(
            what,
            "the database does not answer; trying another connection"
        );
    }
}

async fn answer<T>(work: &mut Option<Work<T>>) -> T {
    match work {
        Some(work) => work.answer.as_mut().await,
        None => std::future::pending().await,
    }
}
