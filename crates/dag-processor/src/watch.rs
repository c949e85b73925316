//! Changes below the DAG folder, as the kernel reports them.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, ModifyKind},
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

/// An editor or a deploy touches a file several times within this time.
const QUIET: Duration = Duration::from_millis(50);
/// A folder that is written to all the time must not keep its changes back.
const MAX_QUIET: Duration = Duration::from_millis(500);

/// What changed since the last call of [`Watcher::changes`].
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Files with new content.
    pub(crate) content: HashSet<PathBuf>,
    /// Files and folders that came, went or were renamed.
    pub(crate) entries: HashSet<PathBuf>,
    /// The kernel dropped reports: anything may have changed.
    pub(crate) lost: bool,
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.content.is_empty() && self.entries.is_empty() && !self.lost
    }
}

/// Changes that nobody was told of yet, with the instants of the first and of the last.
#[derive(Default)]
struct Pending {
    changes: Changes,
    between: Option<(Instant, Instant)>,
}

impl Pending {
    /// When they are to be told.
    fn due(&self) -> Option<Instant> {
        let (first, last) = self.between?;
        Some((last + QUIET).min(first + MAX_QUIET))
    }
}

#[derive(Default)]
struct Shared {
    pending: Mutex<Pending>,
    arrived: Notify,
}

impl Shared {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches a folder until it is dropped.
pub(crate) struct Watcher {
    shared: Arc<Shared>,
    _watcher: RecommendedWatcher,
}

impl Watcher {
    pub(crate) fn new(folder: &Path) -> Result<Self, notify::Error> {
        let shared = Arc::new(Shared::default());
        let sink = Arc::clone(&shared);
        let mut watcher = notify::recommended_watcher(move |event| record(&sink, event))?;
        match folder.parent() {
            // A single file: a deploy replaces it, and a watch on itself would see the old one.
            Some(parent) if folder.is_file() => {
                watcher.watch(parent, RecursiveMode::NonRecursive)?;
            }
            _ => watcher.watch(folder, RecursiveMode::Recursive)?,
        }
        Ok(Self {
            shared,
            _watcher: watcher,
        })
    }

    /// Waits for changes and for the folder to be quiet again. Cancel-safe: changes stay pending
    /// until they are returned, and whoever asks again does not wait from the beginning.
    pub(crate) async fn changes(&self) -> Changes {
        loop {
            let due = self.shared.pending().due();
            let arrived = self.shared.arrived.notified();
            match due {
                None => arrived.await,
                Some(at) if at > Instant::now() => drop(timeout_at(at, arrived).await),
                Some(_) => return std::mem::take(&mut *self.shared.pending()).changes,
            }
        }
    }
}

fn record(shared: &Shared, event: notify::Result<notify::Event>) {
    let mut pending = shared.pending();
    let changes = &mut pending.changes;
    match event {
        Err(_) => changes.lost = true,
        Ok(event) if event.need_rescan() => changes.lost = true,
        Ok(event) => {
            let paths = event.paths.into_iter().filter(|path| !is_byte_code(path));
            match event.kind {
                EventKind::Access(AccessKind::Close(AccessMode::Write))
                | EventKind::Modify(ModifyKind::Metadata(_)) => changes.content.extend(paths),
                EventKind::Create(_)
                | EventKind::Remove(_)
                | EventKind::Modify(ModifyKind::Name(_)) => changes.entries.extend(paths),
                // Reads, which parsing causes itself, and writes that a close will end.
                _ => return,
            }
        }
    }
    if !changes.is_empty() {
        let now = Instant::now();
        let first = pending.between.map_or(now, |(first, _)| first);
        pending.between = Some((first, now));
        shared.arrived.notify_one();
    }
}

/// What Python writes while it imports.
fn is_byte_code(path: &Path) -> bool {
    path.components()
        .any(|part| part.as_os_str() == "__pycache__")
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_cancelled_wait_loses_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        let watcher = Watcher::new(folder.path()).unwrap();
        let path = folder.path().join("a.py");
        std::fs::write(&path, "text").unwrap();
        // Takes the notifications, as a wait that is cancelled afterwards does.
        while !watcher.shared.pending().changes.content.contains(&path) {
            let arrived = timeout(Duration::from_secs(30), watcher.shared.arrived.notified());
            arrived.await.unwrap();
        }
        let changes = timeout(Duration::from_secs(30), watcher.changes());
        let changes = changes.await.unwrap();
        assert!(changes.content.contains(&path) && changes.entries.contains(&path));
        assert!(!changes.lost);
    }
}
