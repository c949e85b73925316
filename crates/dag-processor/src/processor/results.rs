//! What happens to the results of parses.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use updraft_core::{UtcDateTime, error_chain};
use updraft_metadata_db::{
    Error, Retry,
    dag_processing::{self as queries},
};

use super::{DagProcessor, Done, due::path_of};
use crate::{event::Event, parse::Known, parsed::ParsedFile, store::Written};

/// A result on its way into the database.
struct Admitted {
    path: PathBuf,
    file: ParsedFile,
}

/// A file whose result the database did not take is parsed again after this time.
const STORE_RETRY: SignedDuration = SignedDuration::from_secs(5);

impl DagProcessor {
    /// What a parse of the file needs to be told.
    pub(super) fn known(&self, path: &Path) -> Known {
        Known {
            custom_timetables: self
                .custom_timetables
                .get(path)
                .cloned()
                .unwrap_or_default(),
            import_errors: self.import_errors.get(path).cloned(),
        }
    }

    /// Stores the results of parses together. Returns the DAGs that changed.
    pub(super) async fn store_results(&mut self, results: Vec<Done>) -> Vec<String> {
        let mut admitted = Vec::new();
        for done in results {
            admitted.extend(self.admit(done).await);
        }
        let mut changed = Vec::new();
        // One that the database refuses must not keep the others out: halves are tried.
        let mut batches = vec![admitted];
        while let Some(mut batch) = batches.pop() {
            let files: Vec<&ParsedFile> = batch.iter().map(|one| &one.file).collect();
            if files.is_empty() {
                continue;
            }
            let now = self.now();
            match self.store.write(&files, now).await {
                Ok(written) => {
                    for (one, written) in batch.into_iter().zip(written) {
                        self.stored(&one, &written, now);
                        changed.extend(written.changed);
                    }
                }
                Err(error) if error.retry() == Retry::Never && batch.len() > 1 => {
                    let second = batch.split_off(batch.len() / 2);
                    batches.extend([second, batch]);
                }
                Err(error) => {
                    for one in batch {
                        changed.extend(self.not_written(one, &error).await);
                    }
                }
            }
        }
        changed
    }

    /// A result that says something about its file, and is to be stored.
    async fn admit(&mut self, done: Done) -> Option<Admitted> {
        let Done { path, result } = done;
        let mut file = match result {
            Ok(file) => file,
            Err(error) => {
                // No child could be had: nothing is known about the file.
                self.not_parsed(&path, format!("cannot be parsed: {}", error_chain(&error)));
                self.postpone(&path);
                return None;
            }
        };
        if !self.queue.contains(&path) {
            // It vanished meanwhile.
            self.queue.finished(&path, self.now());
            return None;
        }
        if file.dags.is_empty()
            && let Some(error) = unreadable(path.clone()).await
        {
            // Not a file without DAGs. A listing tells whether it is gone or away.
            self.not_parsed(&path, format!("cannot be read: {error}"));
            self.postpone(&path);
            self.timers.list_soon(self.now());
            return None;
        }
        self.dependencies.set(&file);
        match self.needs_last_runs(&path, &file).await {
            Ok(false) => {}
            Ok(true) => {
                self.queue.finished(&path, self.now());
                self.queue.put_first(&path);
                return None;
            }
            Err(error) => {
                self.not_stored(&path, &error);
                return None;
            }
        }
        for waiting in self.ownership.settle(&mut file) {
            self.queue.put_first(&waiting);
        }
        Some(Admitted { path, file })
    }

    fn stored(&mut self, admitted: &Admitted, written: &Written, now: UtcDateTime) {
        let Admitted { path, file } = admitted;
        self.queue.finished(path, now);
        let names = file.import_errors.iter().map(|one| one.filename.clone());
        self.import_errors.insert(path.clone(), names.collect());
        self.tell_parsed(path, file, written);
    }

    /// What the database refuses as such becomes an import error of the file.
    async fn not_written(&mut self, admitted: Admitted, error: &Error) -> Vec<String> {
        let Admitted { path, file } = admitted;
        if error.retry() != Retry::Never {
            self.not_stored(&path, error);
            return Vec::new();
        }
        let reason = format!("The DAGs cannot be stored: {}", error_chain(error));
        let file = ParsedFile::failed(file.path, reason);
        let now = self.now();
        match self.store.write(&[&file], now).await {
            Ok(written) => {
                let written = written.into_iter().next().unwrap_or_default();
                self.stored(&Admitted { path, file }, &written, now);
                written.changed
            }
            Err(error) => {
                self.not_stored(&path, &error);
                Vec::new()
            }
        }
    }

    /// A custom timetable was found whose DAG has runs already: its answer was made without them,
    /// so the file is parsed once more.
    async fn needs_last_runs(&mut self, path: &Path, file: &ParsedFile) -> Result<bool, Error> {
        let custom: Vec<String> = file
            .dags
            .iter()
            .filter(|dag| dag.custom_timetable)
            .map(|dag| dag.columns.dag_id.clone())
            .collect();
        let known = self.custom_timetables.insert(path.to_owned(), custom);
        let known = known.unwrap_or_default();
        let new: Vec<&str> = self.custom_timetables[path]
            .iter()
            .filter(|dag_id| !known.contains(dag_id))
            .map(String::as_str)
            .collect();
        if new.is_empty() {
            return Ok(false);
        }
        let facts = queries::schedule_facts(self.store.db(), &new).await?;
        Ok(facts.values().any(|facts| facts.latest_automated.is_some()))
    }

    fn not_stored(&mut self, path: &Path, error: &Error) {
        self.store_failed(Some(path), error);
        self.postpone(path);
    }

    pub(super) fn postpone(&mut self, path: &Path) {
        let until = self.now().saturating_add(STORE_RETRY);
        self.queue.postpone(path, until);
    }

    fn tell_parsed(&self, path: &Path, file: &ParsedFile, written: &Written) {
        for message in &file.warnings {
            tracing::debug!(file = path_of(path), "{message}");
        }
        let mut dags: Vec<String> = file
            .dags
            .iter()
            .map(|dag| dag.columns.dag_id.clone())
            .collect();
        dags.sort();
        self.tell(Event::Parsed {
            file: path.to_owned(),
            dags,
            seconds: file.seconds,
            error: file
                .import_errors
                .first()
                .map(|error| error.stacktrace.clone()),
            changed: !written.changed.is_empty(),
        });
    }
}

/// Why the file cannot be opened now, if it cannot.
async fn unreadable(path: PathBuf) -> Option<std::io::Error> {
    let open = move || std::fs::File::open(path).err();
    tokio::task::spawn_blocking(open).await.unwrap_or_default()
}
