//! What a supervisor can be told. Plain data, so that it can live in another process.

use serde::{Deserialize, Serialize};
use updraft_core::TaskInstanceKey;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    RunTask(Box<TaskRequest>),
    /// SIGTERM, then SIGKILL, to one try. What becomes of it is the task's outcome.
    Terminate {
        key: TaskInstanceKey,
        try_number: i32,
        reason: String,
    },
    Parse(ParseRequest),
    /// Callbacks of tries that died may wait in the database. A hint: they are looked for anyway,
    /// only later.
    RunCallbacks,
    /// Take no new tasks, stop after the last one.
    Drain,
    /// As Drain, with SIGTERM (and SIGKILL after `killed_task_cleanup_time`) to every task.
    Kill,
}

/// A queued task instance to run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaskRequest {
    pub key: TaskInstanceKey,
    pub try_number: i32,
    /// The DAG file (`dag.fileloc`).
    pub path: String,
    pub dags_folder: String,
    #[serde(default)]
    pub run_as_user: Option<String>,
    #[serde(default)]
    pub mark_success: bool,
    /// Where the order names one, the task instance must have been queued with it.
    #[serde(default)]
    pub external_executor_id: Option<String>,
    /// The task's owner, for the audit log.
    #[serde(default)]
    pub owner: Option<String>,
    /// The task's `retries`, for a process that dies without an outcome.
    #[serde(default)]
    pub retries: Option<u32>,
}

/// A DAG file to parse in a child.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ParseRequest {
    /// Chosen by [`SupervisorHandle::parse`](crate::SupervisorHandle::parse); comes back in the
    /// report.
    #[serde(default)]
    pub id: u64,
    pub path: String,
    pub dags_folder: String,
    pub safe_mode: bool,
    /// `[core] dagbag_import_timeout`, in seconds, enforced by the child.
    pub import_timeout: f64,
    /// `[core] dag_file_processor_timeout`, in seconds, enforced by the supervisor.
    pub processor_timeout: f64,
    /// A process may parse it that has parsed others, of which nothing can be seen in it.
    #[serde(default)]
    pub shared: bool,
    /// Handed to the loader as it is.
    #[serde(default)]
    pub request: serde_json::Value,
}
