//! The list of DAG files, and what becomes of those that are gone from it.

use std::path::PathBuf;

use jiff::SignedDuration;
use updraft_core::error_chain;
use updraft_metadata_db::{
    Error,
    dag_processing::{self as queries, Listed},
};

use super::{
    DagProcessor,
    due::{RETRY, path_of},
};
use crate::{
    discovery::{DagFile, DiscoveryError, Listing, Unknown, list_dag_files},
    event::Event,
};

impl DagProcessor {
    /// The first files of a run must not take DAG ids from files that had them before.
    async fn settle_listing(&mut self) -> Result<Vec<String>, Error> {
        if !self.owners_known {
            let subdir = path_of(&self.options.dag_folder);
            let owners = queries::active_dag_files(self.store.db(), &subdir).await?;
            for (dag_id, fileloc) in owners {
                let has_it = |file: &&DagFile| file.filelocs.contains(&fileloc);
                if let Some(file) = self.files.iter().find(has_it) {
                    self.ownership.assign(dag_id, &file.path);
                }
            }
            self.owners_known = true;
        }
        self.clear_away().await
    }

    /// Walks the folder and clears away what is no longer in it. Returns deactivated DAGs.
    pub(super) async fn list(&mut self) -> Vec<String> {
        let now = self.now();
        self.timers.last_listing = now;
        self.timers.listing = now.saturating_add(RETRY);
        if !self.list_files().await {
            return Vec::new();
        }
        match self.settle_listing().await {
            Ok(gone) => {
                let interval = SignedDuration::try_from(self.options.dag_dir_list_interval);
                self.timers.listing = now.saturating_add(interval.unwrap_or(RETRY));
                gone
            }
            Err(error) => {
                self.store_failed(None, &error);
                Vec::new()
            }
        }
    }

    /// Walks the folder; false where it cannot be read.
    pub(super) async fn list_files(&mut self) -> bool {
        let listing = match self.walk().await {
            Ok(listing) => listing,
            Err(error) => {
                // DAGs stay: a folder that is away for a moment is not a folder without files.
                self.not_parsed(&self.options.dag_folder, error_chain(&error));
                return false;
            }
        };
        for message in &listing.warnings {
            self.warn(message.clone());
        }
        for unknown in &listing.unknown {
            if let Some(reason) = &unknown.reason {
                self.not_parsed(&unknown.path, reason.clone());
            }
        }
        self.files.clone_from(&listing.files);
        self.tell(Event::Listed {
            files: self.files.len(),
        });
        for path in self.queue.set_files(&self.files) {
            // What is away for a moment keeps its DAG ids, and is as new when it is back.
            if !listing.is_unknown(&path) {
                self.forget(&path);
            }
        }
        self.unknown = listing.unknown;
        true
    }

    async fn walk(&self) -> Result<Listing, DiscoveryError> {
        let folder = self.options.dag_folder.clone();
        let examples = self.options.examples_folder.clone();
        let (syntax, safe_mode) = (self.options.ignore_syntax, self.options.safe_mode);
        let walked = tokio::task::spawn_blocking(move || {
            let mut listing = list_dag_files(&folder, syntax, safe_mode)?;
            if let Some(examples) = examples {
                match list_dag_files(&examples, syntax, safe_mode) {
                    Ok(more) => {
                        listing.files.extend(more.files);
                        listing.unknown.extend(more.unknown);
                    }
                    Err(error) => listing.unknown.push(Unknown {
                        path: examples,
                        reason: Some(error_chain(&error)),
                    }),
                }
            }
            Ok(listing)
        });
        walked
            .await
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }

    fn forget(&mut self, path: &PathBuf) {
        self.dependencies.forget(path);
        self.custom_timetables.remove(path);
        self.import_errors.remove(path);
        self.store.forget(&path.to_string_lossy());
        for waiting in self.ownership.forget(path) {
            self.queue.put_first(&waiting);
        }
    }

    async fn clear_away(&self) -> Result<Vec<String>, Error> {
        let paths: Vec<String> = self.files.iter().map(|file| path_of(&file.path)).collect();
        let files: Vec<&str> = paths.iter().map(String::as_str).collect();
        let filelocs: Vec<&str> = self
            .files
            .iter()
            .flat_map(|file| file.filelocs.iter().map(String::as_str))
            .collect();
        let unknown: Vec<String> = self.unknown.iter().map(|one| path_of(&one.path)).collect();
        let unknown: Vec<&str> = unknown.iter().map(String::as_str).collect();
        let listed = Listed {
            files: &files,
            filelocs: &filelocs,
            unknown: &unknown,
        };
        let subdir = path_of(&self.options.dag_folder);
        self.store
            .db()
            .transaction_retry()
            .run(|| async {
                let mut tx = self.store.db().begin().await?;
                let gone = queries::deactivate_missing_files(&mut tx, listed, &subdir).await?;
                tx.commit().await?;
                Ok(gone.deactivated)
            })
            .await
    }

    /// What is known of the listed files before they are parsed. If it cannot be read, each parse asks
    /// for its own.
    pub(super) async fn read_import_errors(&mut self) {
        let Ok(names) = queries::import_error_names(self.store.db()).await else {
            return;
        };
        for file in &self.files {
            let path = path_of(&file.path);
            let is_of_it = |name: &&String| {
                let member = name.strip_prefix(path.as_str());
                member.is_some_and(|member| member.is_empty() || member.starts_with('/'))
            };
            let of_it = names.iter().filter(is_of_it).cloned().collect();
            self.import_errors.insert(file.path.clone(), of_it);
        }
    }
}
