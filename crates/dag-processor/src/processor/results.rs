//! What happens to the result of a parse.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use updraft_core::error_chain;
use updraft_metadata_db::{
    Error, Retry,
    dag_processing::{self as queries},
};

use super::{DagProcessor, Done, due::path_of};
use crate::{event::Event, parse::Known, parsed::ParsedFile, store::Written};

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

    /// Stores the result of a parse. Returns the DAGs that changed.
    pub(super) async fn store_result(&mut self, done: Done) -> Vec<String> {
        let Done { path, result } = done;
        let mut file = match result {
            Ok(file) => file,
            Err(error) => {
                // No child could be had: nothing is known about the file.
                self.not_parsed(&path, format!("cannot be parsed: {}", error_chain(&error)));
                self.postpone(&path);
                return Vec::new();
            }
        };
        if !self.queue.contains(&path) {
            // It vanished meanwhile.
            self.queue.finished(&path, self.now());
            return Vec::new();
        }
        if file.dags.is_empty()
            && let Some(error) = unreadable(path.clone()).await
        {
            // Not a file without DAGs. A listing tells whether it is gone or away.
            self.not_parsed(&path, format!("cannot be read: {error}"));
            self.postpone(&path);
            self.timers.list_soon(self.now());
            return Vec::new();
        }
        self.dependencies.set(&file);
        match self.needs_last_runs(&path, &file).await {
            Ok(false) => {}
            Ok(true) => {
                self.queue.finished(&path, self.now());
                self.queue.put_first(&path);
                return Vec::new();
            }
            Err(error) => return self.not_stored(&path, &error),
        }
        for waiting in self.ownership.settle(&mut file) {
            self.queue.put_first(&waiting);
        }
        let now = self.now();
        match self.write(&mut file).await {
            Ok(written) => {
                self.queue.finished(&path, now);
                let names = file.import_errors.iter().map(|one| one.filename.clone());
                self.import_errors.insert(path.clone(), names.collect());
                self.tell_parsed(&path, &file, &written);
                written.changed
            }
            Err(error) => self.not_stored(&path, &error),
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

    /// Writes the result; one that the database refuses as such becomes an import error.
    async fn write(&mut self, file: &mut ParsedFile) -> Result<Written, Error> {
        let now = self.now();
        match self.store.write(file, now).await {
            Err(error) if error.retry() == Retry::Never => {
                let reason = format!("The DAGs cannot be stored: {}", error_chain(&error));
                *file = ParsedFile::failed(file.path.clone(), reason);
                self.store.write(file, now).await
            }
            result => result,
        }
    }

    fn not_stored(&mut self, path: &Path, error: &Error) -> Vec<String> {
        self.store_failed(Some(path), error);
        self.postpone(path);
        Vec::new()
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
