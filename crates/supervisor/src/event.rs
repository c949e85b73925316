//! What a supervisor tells. Plain data, so that it can live in another process.

use serde::{Deserialize, Serialize};
use updraft_core::{MapIndex, TaskId, TaskInstanceKey, UtcDateTime, state::TaskInstanceState};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The zygote has imported everything; tasks start without delay from here on.
    Ready,
    /// The zygote does not start; it is tried again with the next request.
    NotReady {
        error: String,
    },
    TaskStarted {
        key: TaskInstanceKey,
        try_number: i32,
        job_id: i32,
        start_date: UtcDateTime,
    },
    /// The end of a try is stored; its process may take a moment longer to go.
    TaskFinished(Box<TaskFinished>),
    /// The task instance was not queued for this try (any more), or no process could be had: it
    /// has not begun.
    TaskNotClaimed {
        key: TaskInstanceKey,
        try_number: i32,
        /// Of the request.
        external_executor_id: Option<String>,
        reason: NotClaimed,
    },
    /// A try, of an earlier supervisor of this host or one that had to be given up, ended as lost.
    TaskLost {
        key: TaskInstanceKey,
        try_number: i32,
        state: TaskInstanceState,
    },
    /// The end of a try of an earlier supervisor of this home, which did not live to store it.
    TaskReplayed {
        key: TaskInstanceKey,
        try_number: i32,
        state: TaskInstanceState,
    },
    Parsed(ParseReport),
    /// An attempt to run the callbacks of a try that died has ended.
    CallbackFinished {
        key: TaskInstanceKey,
        try_number: i32,
        error: Option<String>,
    },
    /// Everything has ended, nothing follows.
    Stopped,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotClaimed {
    /// Somebody else has it, or it is not queued: nothing to do.
    NotQueued,
    /// We are stopping; it is still queued.
    Draining,
    /// No Python process could be had, or no database: it is still queued.
    Unable(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskFinished {
    pub key: TaskInstanceKey,
    pub try_number: i32,
    /// Of the request.
    pub external_executor_id: Option<String>,
    pub job_id: i32,
    /// The state written; `None` where somebody else had decided about the task instance.
    pub state: Option<TaskInstanceState>,
    pub start_date: UtcDateTime,
    pub end_date: UtcDateTime,
    pub reschedule_date: Option<UtcDateTime>,
    /// JSON text of the XCom `skipmixin_key`, where the task made a skip decision.
    pub skip_decision: Option<String>,
    /// Tasks of the run that it skipped.
    pub skipped: Vec<(TaskId, MapIndex)>,
    /// Why it failed, for people.
    pub reason: Option<String>,
    pub cpu_seconds: Option<f64>,
    pub peak_rss_bytes: Option<i64>,
}

/// What a parse child said, unread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParseReport {
    pub id: u64,
    pub path: String,
    pub ending: ParseEnding,
    pub messages: Vec<ParseMessage>,
    pub seconds: f64,
    /// The last lines that the file printed.
    pub printed: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParseEnding {
    /// The last message is `parsed`.
    Parsed,
    TimedOut,
    /// The process ended before it was done: by itself (`os._exit`), or by a signal.
    Died {
        exit: String,
    },
    /// No process could be had.
    NotStarted {
        error: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParseMessage {
    /// JSON text.
    pub envelope: String,
    pub blob: Vec<u8>,
}
