//! What a parse child said about its file (docs/child-protocol.md, role parse).

use std::collections::BTreeMap;

use serde::Deserialize;
use updraft_core::UtcDateTime;
use updraft_metadata_db::dag_processing::{DagColumns, ImportError};

/// One parsed file.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParsedFile {
    /// The DAG file, or the archive.
    pub(crate) path: String,
    pub(crate) dags: Vec<ParsedDag>,
    pub(crate) import_errors: Vec<ImportError>,
    pub(crate) warnings: Vec<String>,
    /// Files and folders below the DAG folder that the result depends on.
    pub(crate) files: Vec<String>,
    pub(crate) folders: Vec<String>,
    pub(crate) seconds: f64,
}

/// One DAG of it.
#[derive(Clone, Debug, Hash, Deserialize)]
pub(crate) struct ParsedDag {
    #[serde(flatten)]
    pub(crate) columns: DagColumns,
    pub(crate) is_paused_upon_creation: Option<bool>,
    pub(crate) tags: Vec<String>,
    pub(crate) owner_links: BTreeMap<String, String>,
    pub(crate) pools: Vec<String>,
    pub(crate) schedule_datasets: Vec<Dataset>,
    pub(crate) schedule_dataset_aliases: Vec<String>,
    pub(crate) outlet_datasets: Vec<Outlet>,
    pub(crate) outlet_dataset_aliases: Vec<String>,
    /// Actions by role and kind of resource; `None` leaves the grants to administrators.
    #[serde(default)]
    pub(crate) access_control: Option<BTreeMap<String, BTreeMap<String, Vec<String>>>>,
    /// `None` where the DAG has no serialized form of its own, or could not be serialized.
    pub(crate) dag_hash: Option<String>,
    pub(crate) earliest: Option<UtcDateTime>,
    pub(crate) latest: Option<UtcDateTime>,
    pub(crate) catchup: bool,
    pub(crate) custom_timetable: bool,
    /// The answer of a custom timetable.
    pub(crate) next_dagrun: Option<NextRun>,
    /// The serialized form, JSON as Python wrote it.
    #[serde(skip)]
    pub(crate) data: Vec<u8>,
}

#[derive(Clone, Debug, Hash, Deserialize)]
pub(crate) struct Dataset {
    pub(crate) uri: String,
    pub(crate) extra: String,
}

#[derive(Clone, Debug, Hash, Deserialize)]
pub(crate) struct Outlet {
    pub(crate) task_id: String,
    #[serde(flatten)]
    pub(crate) dataset: Dataset,
}

#[derive(Clone, Copy, Debug, Hash, Deserialize)]
pub(crate) struct NextRun {
    pub(crate) logical_date: UtcDateTime,
    pub(crate) start: UtcDateTime,
    pub(crate) end: UtcDateTime,
    pub(crate) run_after: UtcDateTime,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Message {
    Dag(Box<ParsedDag>),
    ImportError {
        path: String,
        stacktrace: String,
    },
    Warning {
        path: String,
        messages: Vec<String>,
    },
    Parsed {
        seconds: f64,
        files: Vec<String>,
        folders: Vec<String>,
    },
    #[serde(other)]
    Unknown,
}

impl ParsedFile {
    pub(crate) fn new(path: String) -> Self {
        Self {
            path,
            ..Self::default()
        }
    }

    /// Takes in one message of the child.
    pub(crate) fn add(&mut self, envelope: &[u8], blob: Vec<u8>) -> Result<(), serde_json::Error> {
        match serde_json::from_slice(envelope)? {
            Message::Dag(mut dag) => {
                dag.data = blob;
                self.dags.push(*dag);
            }
            Message::ImportError { path, stacktrace } => self.import_errors.push(ImportError {
                filename: path,
                stacktrace: storable(stacktrace),
            }),
            Message::Warning { path, messages } => {
                let path = &path;
                self.warnings
                    .extend(messages.into_iter().map(|text| format!("{path}: {text}")));
            }
            Message::Parsed {
                seconds,
                files,
                folders,
            } => {
                self.seconds = seconds;
                self.files = files;
                self.folders = folders;
            }
            Message::Unknown => {}
        }
        Ok(())
    }

    /// The parse itself failed: whatever was reported before does not count.
    pub(crate) fn failed(path: String, message: String) -> Self {
        let mut file = Self::new(path.clone());
        file.files = vec![path.clone()];
        file.import_errors.push(ImportError {
            filename: path,
            stacktrace: storable(message),
        });
        file
    }
}

/// PostgreSQL's text has no zero character.
fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\\0")
    } else {
        text
    }
}
