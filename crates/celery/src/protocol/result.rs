use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::python_iso;

/// The state of a task in the result backend. Without a result it is [`Status::Pending`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    Pending,
    Received,
    Started,
    Success,
    Failure,
    Retry,
    Revoked,
    Rejected,
    Ignored,
}

impl Status {
    /// Whether the task will not run again by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Failure | Self::Revoked)
    }
}

/// What a failed, revoked or retried task leaves: Python makes an exception of it again, so it must name a
/// class that can be imported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    #[serde(rename = "exc_type")]
    pub kind: String,
    #[serde(rename = "exc_message")]
    pub arguments: Value,
    #[serde(rename = "exc_module")]
    pub module: String,
}

impl Failure {
    pub fn revoked(why: &str) -> Self {
        Self {
            kind: "TaskRevokedError".to_owned(),
            arguments: json!([why]),
            module: "celery.exceptions".to_owned(),
        }
    }
}

/// A value of the result backend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskResult {
    pub status: Status,
    pub result: Value,
    #[serde(default)]
    pub traceback: Option<String>,
    #[serde(default)]
    pub children: Option<Value>,
    /// ISO 8601, for a task that ended.
    #[serde(default)]
    pub date_done: Option<String>,
    /// `group_id`, `parent_id` and the fields of an extended result, where there are some.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl TaskResult {
    fn new(status: Status, task_id: &str, result: Value, done: Option<Timestamp>) -> Self {
        let task_id = ("task_id".to_owned(), Value::String(task_id.to_owned()));
        Self {
            status,
            result,
            traceback: None,
            children: Some(json!([])),
            date_done: done.map(python_iso),
            others: Map::from_iter([task_id]),
        }
    }

    pub fn started(task_id: &str, pid: u32, node: &str) -> Self {
        Self::new(
            Status::Started,
            task_id,
            json!({"pid": pid, "hostname": node}),
            None,
        )
    }

    pub fn success(task_id: &str, value: Value, done: Timestamp) -> Self {
        Self::new(Status::Success, task_id, value, Some(done))
    }

    pub fn failure(
        task_id: &str,
        failure: &Failure,
        traceback: Option<String>,
        done: Timestamp,
    ) -> Self {
        Self {
            traceback,
            ..Self::new(Status::Failure, task_id, json!(failure), Some(done))
        }
    }

    pub fn revoked(task_id: &str, why: &str, done: Timestamp) -> Self {
        Self::new(
            Status::Revoked,
            task_id,
            json!(Failure::revoked(why)),
            Some(done),
        )
    }

    pub fn task_id(&self) -> Option<&str> {
        self.others.get("task_id").and_then(Value::as_str)
    }
}
