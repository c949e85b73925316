//! Signs of life for everything that runs, and what was decided about it from outside.

use std::sync::Arc;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use updraft_metadata_db::{
    Db, Error,
    supervision::{TakenAway, heartbeat, renew_lease, taken_away},
};

use crate::{shared::Shared, task::Stop};

/// Beats until `stop`. One statement for all tries, however many.
pub(crate) async fn run(shared: Arc<Shared>, db: Db, stop: CancellationToken) {
    let mut ticks = interval(shared.options.limits.heartbeat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        match beat(&shared, &db).await {
            Ok(taken) => {
                shared.reach.succeeded(shared.now());
                for TakenAway { job_id, state } in taken {
                    shared.live.stop(job_id, Stop::SetFromOutside(state));
                }
            }
            // A healthy task is not ended because the database is away.
            Err(error) => {
                shared.reach.failed();
                tracing::warn!(%error, "cannot write a heartbeat");
            }
        }
    }
}

async fn beat(shared: &Shared, db: &Db) -> Result<Vec<TakenAway>, Error> {
    let now = shared.now();
    let jobs = shared.live.job_ids();
    let mut tx = db.begin().await?;
    renew_lease(&mut tx, &shared.lease.id, now).await?;
    if !jobs.is_empty() {
        heartbeat(&mut tx, &jobs, now).await?;
    }
    tx.commit().await?;
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    taken_away(db, &jobs).await
}
