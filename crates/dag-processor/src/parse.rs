//! One parse in a child of the supervisor.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use tokio::sync::Semaphore;
use updraft_core::UtcDateTime;
use updraft_metadata_db::{Db, Engine, Error, dag_processing as queries};
use updraft_supervisor::{ParseEnding, ParseReport, ParseRequest, SupervisorHandle};

use crate::{discovery::SafeMode, options::Options, parsed::ParsedFile};

#[derive(Debug, thiserror::Error)]
pub(crate) enum ParseError {
    #[error("no process could be had: {0}")]
    NotStarted(String),
    #[error("cannot read what the parse depends on")]
    Facts(#[source] Error),
    #[error("cannot write the request")]
    Request(#[source] serde_json::Error),
}

/// What is known about a file before it is parsed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// DAGs whose timetable only Python can ask.
    pub(crate) custom_timetables: Vec<String>,
    /// Names with import errors; `None` where the file was not parsed yet.
    pub(crate) import_errors: Option<Vec<String>>,
}

/// The loader's part of the request.
#[derive(Debug, Default, Serialize)]
struct Facts {
    /// Listeners hear of new and of known errors differently.
    known_import_errors: Vec<String>,
    last_automated_intervals: BTreeMap<String, (UtcDateTime, UtcDateTime)>,
}

/// Has files parsed.
#[derive(Clone)]
pub(crate) struct Parser {
    supervisor: SupervisorHandle,
    dags_folder: PathBuf,
    safe_mode: bool,
    import_timeout: Duration,
    file_timeout: Duration,
    processes: Arc<Semaphore>,
    shared: bool,
}

impl Parser {
    pub(crate) fn new(supervisor: SupervisorHandle, options: &Options) -> Self {
        let folder = &options.dag_folder;
        let dags_folder = match folder.parent() {
            Some(parent) if folder.is_file() => parent,
            _ => folder,
        };
        Self {
            supervisor,
            dags_folder: dags_folder.to_owned(),
            safe_mode: options.safe_mode != SafeMode::Off,
            import_timeout: options.import_timeout,
            file_timeout: options.file_timeout,
            processes: Arc::new(Semaphore::new(options.parsing_processes.max(1))),
            shared: options.shared_processes,
        }
    }

    /// Waits until fewer than `parsing_processes` others are at work.
    pub(crate) async fn parse(
        &self,
        path: &Path,
        db: &Db,
        known: Known,
    ) -> Result<ParsedFile, ParseError> {
        let path = path.to_string_lossy().into_owned();
        // Nobody closes it; without it there would be a process more.
        let turn = self.processes.acquire().await.ok();
        // Not before its turn: a run that begins while it waits is one of them.
        let facts = facts(&path, db, known).await.map_err(ParseError::Facts)?;
        let request = ParseRequest {
            id: 0,
            path: path.clone(),
            dags_folder: self.dags_folder.to_string_lossy().into_owned(),
            safe_mode: self.safe_mode,
            import_timeout: self.import_timeout.as_secs_f64(),
            processor_timeout: self.file_timeout.as_secs_f64(),
            shared: self.shared,
            request: serde_json::to_value(facts).map_err(ParseError::Request)?,
        };
        let report = self.supervisor.parse(request).await;
        drop(turn);
        let mut file = self.read(path, report)?;
        if db.engine() == Engine::Postgres {
            file.refuse_zeros();
        }
        Ok(file)
    }

    fn read(&self, path: String, report: ParseReport) -> Result<ParsedFile, ParseError> {
        let failure = match report.ending {
            ParseEnding::Parsed => {
                let mut file = ParsedFile::new(path);
                for message in report.messages {
                    file.add(message.envelope.as_bytes(), message.blob);
                }
                return Ok(file);
            }
            ParseEnding::NotStarted { error } => return Err(ParseError::NotStarted(error)),
            ParseEnding::TimedOut => format!(
                "The file was not parsed within {} seconds ([core] dag_file_processor_timeout); \
                 its process was killed.",
                self.file_timeout.as_secs_f64()
            ),
            ParseEnding::Died { exit } => format!(
                "The process that imported the file ended before the import did: {exit}. \
                 A DAG file must not end the process that imports it."
            ),
        };
        let printed = report.printed.trim_end();
        let message = if printed.is_empty() {
            failure
        } else {
            format!("{failure}\nThe last it printed:\n{printed}")
        };
        let mut file = ParsedFile::failed(path, message);
        file.seconds = report.seconds;
        Ok(file)
    }
}

async fn facts(path: &str, db: &Db, known: Known) -> Result<Facts, Error> {
    let known_import_errors = match known.import_errors {
        Some(names) => names,
        None => queries::known_import_errors(db, path).await?,
    };
    let mut facts = Facts {
        known_import_errors,
        ..Facts::default()
    };
    if !known.custom_timetables.is_empty() {
        let ids: Vec<&str> = known.custom_timetables.iter().map(String::as_str).collect();
        for (dag_id, of_dag) in queries::schedule_facts(db, &ids).await? {
            let Some(run) = of_dag.latest_automated else {
                continue;
            };
            let (start, end) = run
                .data_interval
                .unwrap_or((run.execution_date, run.execution_date));
            facts
                .last_automated_intervals
                .insert(dag_id, (start.0, end.0));
        }
    }
    Ok(facts)
}
