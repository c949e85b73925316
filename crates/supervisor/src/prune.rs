//! Forgets tries whose task instances are gone, and leases of long ago: the tables would grow for
//! ever.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use updraft_metadata_db::{
    Db, Error,
    supervision::{prune_leases, prune_tries},
};

use crate::shared::Shared;

const EVERY: Duration = Duration::from_hours(1);
/// For people who look for what became of a deleted run. Nothing else asks for these rows.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Each transaction of its own: on SQLite tasks wait for it.
const ROWS_AT_ONCE: i64 = 2_000;

/// At the start and every hour, until `stop`.
pub(crate) async fn run(shared: Arc<Shared>, db: Db, stop: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = prune(&shared, &db).await {
            tracing::warn!(%error, "cannot delete old rows; it is tried again in an hour");
        }
    }
}

async fn prune(shared: &Shared, db: &Db) -> Result<(), Error> {
    let before = shared.now().saturating_sub(KEPT);
    loop {
        let mut tx = db.begin_relaxed().await?;
        let pruned = prune_tries(&mut tx, before, ROWS_AT_ONCE).await?;
        tx.commit().await?;
        if pruned < ROWS_AT_ONCE.unsigned_abs() {
            break;
        }
    }
    let mut tx = db.begin_relaxed().await?;
    prune_leases(&mut tx, before).await?;
    tx.commit().await
}
