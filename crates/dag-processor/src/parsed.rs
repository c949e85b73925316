//! What a parse child said about its file (docs/child-protocol.md, role parse).

mod misfit;

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

    /// Whether `name` is the file, or a member of the archive.
    pub(crate) fn holds(&self, name: &str) -> bool {
        let member = name.strip_prefix(self.path.as_str());
        member.is_some_and(|member| member.is_empty() || member.starts_with('/'))
    }

    /// Takes in one message of the child. One that cannot be understood is an error of the file:
    /// a DAG can have values of any kind in its fields.
    pub(crate) fn add(&mut self, envelope: &[u8], blob: Vec<u8>) {
        match serde_json::from_slice(envelope) {
            Ok(message) => self.take(message, envelope, blob),
            Err(error) => {
                let error = misfit::import_error(&self.path, envelope, &error);
                self.add_error(error);
            }
        }
    }

    fn take(&mut self, message: Message, envelope: &[u8], blob: Vec<u8>) {
        match message {
            Message::Dag(mut dag) => {
                let place = serde_json::from_slice(envelope).map(|fields| zero(&fields, ""));
                if let Ok(Some(place)) = place {
                    self.zeros.push((dag.columns.dag_id.clone(), place));
                }
                dag.data = blob;
                self.dags.push(*dag);
            }
            Message::ImportError { path, stacktrace } => self.add_error(ImportError {
                filename: path,
                stacktrace,
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
    }

    /// DAGs with zero characters become import errors, since `PostgreSQL` has no such text. `SQLite` has.
    pub(crate) fn refuse_zeros(&mut self) {
        for (dag_id, place) in std::mem::take(&mut self.zeros) {
            self.dags.retain(|dag| dag.columns.dag_id != dag_id);
            self.add_error(ImportError {
                filename: self.path.clone(),
                stacktrace: refusal(&dag_id, &place),
            });
        }
    }

    /// A file has one error, which tells all.
    pub(crate) fn add_error(&mut self, error: ImportError) {
        let mut known = self.import_errors.iter_mut();
        let stacktrace = storable(error.stacktrace);
        match known.find(|known| known.filename == error.filename) {
            Some(known) => {
                known.stacktrace.push('\n');
                known.stacktrace.push_str(&stacktrace);
            }
            None => self.import_errors.push(ImportError {
                stacktrace,
                ..error
            }),
        }
    }

    /// The parse itself failed: whatever was reported before does not count.
    pub(crate) fn failed(path: String, message: String) -> Self {
        let mut file = Self::new(path.clone());
        file.files = vec![path.clone()];
        file.add_error(ImportError {
            filename: path,
            stacktrace: message,
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

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::Value;

    /// What the child tells of a daily DAG in `/dags/a.py`.
    pub(crate) fn dag_message(dag_id: &str) -> Value {
        json!({
            "type": "dag", "dag_id": dag_id, "root_dag_id": null, "is_subdag": false,
            "fileloc": "/dags/a.py", "owners": "airflow", "dag_display_name": null,
            "description": "d", "default_view": "grid", "schedule_interval": "\"@daily\"",
            "timetable_description": "At 00:00", "dataset_expression": "null",
            "max_active_tasks": 16, "max_active_runs": 1, "max_consecutive_failed_dag_runs": 0,
            "has_task_concurrency_limits": false, "is_paused_upon_creation": null,
            "tags": ["t1", "t2"], "owner_links": {"airflow": "mailto:a@example.org"},
            "pools": ["default_pool"], "schedule_datasets": [], "schedule_dataset_aliases": [],
            "outlet_datasets": [], "outlet_dataset_aliases": [], "dag_hash": "h1",
            "earliest": "2024-03-01T00:00:00+00:00", "latest": null, "catchup": true,
            "custom_timetable": false, "next_dagrun": null,
        })
    }
}
