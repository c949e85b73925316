//! The watch for changes by other processes.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::{sync::watch, task::JoinHandle};
use updraft_metadata_db::{Changes, Db};

use crate::error::chain;

/// Ends its task when dropped.
pub(crate) struct Watcher {
    changes: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

impl Watcher {
    /// Changes from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Subscribes; what is read afterwards misses nothing that is not announced later. Where the
/// database cannot announce (an outage, a pooler in between), the fallback poll has to do.
pub(crate) async fn watch(db: Db, interval: SignedDuration) -> Watcher {
    let interval = Duration::try_from(interval).unwrap_or(Duration::from_millis(100));
    let first = Changes::watch(&db, interval).await;
    let mut subscription = first.inspect_err(warn).ok();
    let (sender, changes) = watch::channel(0);
    let task = tokio::spawn(async move {
        loop {
            let Some(mut changes) = subscription.take() else {
                tokio::time::sleep(Duration::from_secs(5)).await;
                subscription = Changes::watch(&db, interval).await.ok();
                sender.send_modify(|version| *version += 1);
                continue;
            };
            match changes.next().await {
                Ok(_) => {
                    sender.send_modify(|version| *version += 1);
                    subscription = Some(changes);
                }
                Err(error) => warn(&error),
            }
        }
    });
    Watcher { changes, task }
}

fn warn(error: &updraft_metadata_db::Error) {
    tracing::warn!(
        error = chain(error),
        "cannot listen for changes; looking for them once a second meanwhile"
    );
}
