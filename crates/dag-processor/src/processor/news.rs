//! What the kernel tells of files.

use std::path::PathBuf;

use super::DagProcessor;
use crate::watch::{Changes, Watcher};

impl DagProcessor {
    /// Files whose content, imports or listed folders changed go first; what may be a new file
    /// leads to a new listing.
    pub(super) fn take_changes(&mut self, changes: &Changes) {
        if changes.lost {
            self.timers.list_soon(self.now());
            let all: Vec<PathBuf> = self.queue.paths().map(PathBuf::from).collect();
            for path in &all {
                self.queue.put_first(path);
            }
            return;
        }
        let mut again: Vec<PathBuf> = Vec::new();
        for path in changes.content.iter().chain(&changes.entries) {
            again.extend(self.dependencies.readers(path).map(PathBuf::from));
            if self.queue.contains(path) {
                again.push(path.clone());
            } else if may_change_listing(path) {
                self.timers.list_soon(self.now());
            }
        }
        for path in &changes.entries {
            again.extend(self.dependencies.listers(path).map(PathBuf::from));
            // A folder, or a file that went: its name does not say which.
            if !path.is_file() {
                self.timers.list_soon(self.now());
            }
        }
        again.sort();
        again.dedup();
        for path in &again {
            self.queue.put_first(path);
        }
    }
}

pub(super) async fn changes_of(watcher: Option<&Watcher>) -> Changes {
    match watcher {
        Some(watcher) => watcher.changes().await,
        None => std::future::pending().await,
    }
}

fn may_change_listing(path: &std::path::Path) -> bool {
    let has = |extension: &str| path.extension().is_some_and(|one| one == extension);
    has("py")
        || has("zip")
        || path
            .file_name()
            .is_some_and(|name| name == ".airflowignore")
}
