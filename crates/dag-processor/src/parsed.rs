//! What a parse child said about its file (docs/child-protocol.md, role parse).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
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
    /// DAGs with a zero character in a column, and where it is.
    pub(crate) zeros: Vec<(String, String)>,
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
                if let Some(place) = zero(&serde_json::from_slice(envelope)?, "") {
                    self.zeros.push((dag.columns.dag_id.clone(), place));
                }
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

    /// DAGs with zero characters become import errors, since `PostgreSQL` has no such text. `SQLite` has.
    pub(crate) fn refuse_zeros(&mut self) {
        for (dag_id, place) in std::mem::take(&mut self.zeros) {
            self.dags.retain(|dag| dag.columns.dag_id != dag_id);
            self.import_errors.push(ImportError {
                filename: self.path.clone(),
                stacktrace: refusal(&dag_id, &place),
            });
        }
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

/// Where a zero character is, if there is one: the names that lead to it.
fn zero(value: &Value, place: &str) -> Option<String> {
    let below = |name: &str, value: &Value| {
        if name.contains('\0') {
            return Some(place.to_owned());
        }
        let place = if place.is_empty() {
            name.to_owned()
        } else {
            format!("{place}.{name}")
        };
        zero(value, &place)
    };
    match value {
        Value::String(text) => text.contains('\0').then(|| place.to_owned()),
        Value::Array(items) => items.iter().find_map(|item| zero(item, place)),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| below(name, value)),
        _ => None,
    }
}

fn refusal(dag_id: &str, place: &str) -> String {
    format!(
        "The DAG {} cannot be stored: its {place} holds a zero character (\\x00), which \
         PostgreSQL has in no text. Take it out.",
        dag_id.replace('\0', "\\0")
    )
}

/// PostgreSQL's text has no zero character.
fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\\0")
    } else {
        text
    }
}
