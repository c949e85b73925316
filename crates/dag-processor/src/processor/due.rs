//! What is done by the clock: listings, clean-ups, looks for changed files and requests.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use updraft_core::{UtcDateTime, error_chain};
use updraft_metadata_db::{
    DbTimestamp, Error,
    dag_processing::{self as queries, ParsedUntil},
};

use super::DagProcessor;
use crate::event::{DagsChanged, Event};

/// Between two looks for requests, at file times and so on.
const LOOK: SignedDuration = SignedDuration::from_secs(1);
/// After a failed listing or clean-up.
pub(super) const RETRY: SignedDuration = SignedDuration::from_secs(5);
/// Signs of life are recorded this often; well below `stale_dag_threshold`.
const HEARTBEAT: SignedDuration = SignedDuration::from_secs(5);

/// When each of the regular duties is due.
#[derive(Debug)]
pub(super) struct Timers {
    pub(super) listing: UtcDateTime,
    pub(super) last_listing: UtcDateTime,
    cleanup: UtcDateTime,
    heartbeat: UtcDateTime,
    look: UtcDateTime,
}

impl Timers {
    pub(super) fn new(now: UtcDateTime) -> Self {
        Self {
            listing: now,
            last_listing: UtcDateTime::UNIX_EPOCH,
            cleanup: now,
            heartbeat: now.saturating_add(HEARTBEAT),
            look: now,
        }
    }

    pub(super) fn next(&self) -> UtcDateTime {
        self.listing
            .min(self.cleanup)
            .min(self.heartbeat)
            .min(self.look)
    }

    /// At once, but not more than once a second.
    pub(super) fn list_soon(&mut self, now: UtcDateTime) {
        let soon = now.max(self.last_listing.saturating_add(LOOK));
        self.listing = self.listing.min(soon);
    }
}

impl DagProcessor {
    pub(super) async fn do_due(&mut self, changes: &mpsc::Sender<DagsChanged>) {
        let now = self.now();
        let mut gone = Vec::new();
        if now >= self.timers.listing {
            gone.extend(self.list().await);
        }
        if now >= self.timers.heartbeat {
            self.timers.heartbeat = now.saturating_add(HEARTBEAT);
            if let Err(error) = self.store.flush_heartbeats().await {
                self.store_failed(None, &error);
            }
        }
        if now >= self.timers.cleanup {
            gone.extend(self.clean_up().await);
        }
        if now >= self.timers.look {
            self.timers.look = now.saturating_add(LOOK);
            self.look_at_times().await;
            self.take_requests().await;
        }
        if !gone.is_empty() {
            self.tell(Event::Deactivated {
                dag_ids: gone.clone(),
            });
        }
        self.announce(changes, gone);
    }

    /// Deactivates DAGs that their files no longer have. Returns them.
    async fn clean_up(&mut self) -> Vec<String> {
        let now = self.now();
        self.timers.cleanup = now.saturating_add(RETRY);
        let result = match self.store.flush_heartbeats().await {
            Ok(()) => self.deactivate_stale().await,
            Err(error) => Err(error),
        };
        match result {
            Ok(stale) => {
                let interval = SignedDuration::try_from(self.options.parsing_cleanup_interval);
                self.timers.cleanup = now.saturating_add(interval.unwrap_or(RETRY));
                stale
            }
            Err(error) => {
                self.store_failed(None, &error);
                Vec::new()
            }
        }
    }

    async fn deactivate_stale(&self) -> Result<Vec<String>, Error> {
        let threshold =
            SignedDuration::try_from(self.options.stale_dag_threshold).unwrap_or_default();
        let finished: HashMap<_, _> = self.queue.finished_files().collect();
        let mut files = Vec::new();
        for file in &self.files {
            let Some(finished) = finished.get(file.path.as_path()) else {
                continue;
            };
            let stale_before = DbTimestamp(finished.saturating_sub(threshold));
            files.extend(file.filelocs.iter().map(|fileloc| ParsedUntil {
                fileloc,
                stale_before,
            }));
        }
        let subdir = path_of(&self.options.dag_folder);
        self.store
            .db()
            .transaction_retry()
            .run(|| async {
                let mut tx = self.store.db().begin().await?;
                let stale = queries::deactivate_stale_dags(&mut tx, &files, &subdir).await?;
                tx.commit().await?;
                Ok(stale)
            })
            .await
    }

    /// Finds changed files where no report of the kernel comes: without a watcher, on network file
    /// systems.
    async fn look_at_times(&mut self) {
        let paths: Vec<PathBuf> = self.queue.paths().map(PathBuf::from).collect();
        let looked = tokio::task::spawn_blocking(move || {
            let modified = |path: &PathBuf| std::fs::metadata(path).ok()?.modified().ok();
            paths
                .into_iter()
                .filter_map(|path| {
                    let at = Timestamp::try_from(modified(&path)?).ok()?;
                    Some((path, UtcDateTime::from(at)))
                })
                .collect::<Vec<_>>()
        });
        for (path, modified) in looked.await.unwrap_or_default() {
            self.queue.modified(&path, modified);
        }
    }

    /// Requests of the web server and of workers to parse a file at once.
    async fn take_requests(&mut self) {
        let folder = path_of(&self.options.dag_folder);
        let db = self.store.db();
        let taken = async {
            if !queries::has_parsing_requests(db, &folder).await? {
                return Ok(Vec::new());
            }
            let mut tx = db.begin().await?;
            let filelocs = queries::take_parsing_requests(&mut tx, &folder).await?;
            tx.commit().await?;
            Ok(filelocs)
        };
        match taken.await {
            Ok(filelocs) => {
                for fileloc in filelocs {
                    let file = self.files.iter().find(|file| {
                        file.filelocs.contains(&fileloc) || path_of(&file.path) == fileloc
                    });
                    if let Some(file) = file {
                        self.queue.put_first(&file.path);
                    }
                }
            }
            Err(error) => self.store_failed(None, &error),
        }
    }

    pub(super) fn store_failed(&self, file: Option<&Path>, error: &Error) {
        let reason = error_chain(error);
        tracing::warn!("the metadata database did not take a result: {reason}");
        let file = file.map(PathBuf::from);
        self.tell(Event::StoreFailed { file, reason });
    }

    /// Nothing is known about what is at or below `path`.
    pub(super) fn not_parsed(&self, path: &Path, reason: String) {
        tracing::warn!("{}: {reason}", path.display());
        let path = path.to_owned();
        self.tell(Event::NotParsed { path, reason });
    }
}

pub(super) fn path_of(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}
