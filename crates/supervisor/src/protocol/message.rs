//! Messages as they are on the wire.

use serde::{Deserialize, Serialize};
use updraft_core::UtcDateTime;
use updraft_metadata_db::supervision::XComValue;

/// CPU time and peak memory as `wait4` gives them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reported {
    #[serde(default)]
    pub(crate) utime: f64,
    #[serde(default)]
    pub(crate) stime: f64,
    #[serde(default)]
    pub(crate) maxrss_kb: i64,
}

/// What a fork server says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ForkServerMessage {
    Ready(Ready),
    Loaded(Loaded),
    /// A warm process uses large pages now, and shares less with the zygote.
    Resized {
        rss_kb: u64,
    },
    Forked(Forked),
    ForkFailed {
        child: String,
        error: String,
    },
    Exited {
        child: Option<String>,
        pid: i32,
        code: Option<i32>,
        signal: Option<i32>,
        #[serde(flatten)]
        used: Reported,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Ready {
    pub(crate) protocol: u32,
    #[serde(default)]
    pub(crate) threads: u32,
    #[serde(default)]
    pub(crate) open_sockets: u32,
    #[serde(default)]
    pub(crate) preload_errors: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    pub(crate) seconds: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Loaded {
    pub(crate) ok: bool,
    #[serde(default)]
    pub(crate) files: Vec<String>,
    #[serde(default)]
    pub(crate) rss_kb: u64,
    #[serde(default)]
    pub(crate) seconds: f64,
    #[serde(default)]
    pub(crate) error: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Forked {
    pub(crate) child: String,
    pub(crate) pid: i32,
}

/// What a task child says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ChildMessage {
    RenderedFields,
    XcomSet {
        id: u64,
        key: String,
        dag_id: String,
        task_id: String,
        run_id: String,
        map_index: i32,
    },
    SkipTasks {
        id: u64,
        tasks: Vec<(String, i32)>,
    },
    ExecutionTimeout {
        seconds: f64,
    },
    Outcome(Box<Outcome>),
    CallbackDone {
        #[serde(default)]
        error: Option<String>,
    },
    #[serde(other)]
    Unknown,
}

/// How a try ended, in the child's own words.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) end_date: Option<UtcDateTime>,
    #[serde(default)]
    pub(crate) reschedule_date: Option<UtcDateTime>,
    #[serde(default)]
    pub(crate) rendered_map_index: Option<String>,
    #[serde(default)]
    pub(crate) note: Option<String>,
    #[serde(default)]
    pub(crate) exception: Option<String>,
    #[serde(default)]
    pub(crate) owner: Option<String>,
    #[serde(default)]
    pub(crate) xcoms: Vec<XComPart>,
    #[serde(default)]
    pub(crate) task_map: Option<TaskMap>,
    #[serde(default)]
    pub(crate) skip_tasks: Vec<(String, i32)>,
    #[serde(default)]
    pub(crate) usage: Option<Reported>,
}

/// A part of the bytes that come with an end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct XComPart {
    pub(crate) key: String,
    pub(crate) length: usize,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TaskMap {
    pub(crate) length: i32,
    #[serde(default)]
    pub(crate) keys: Option<serde_json::Value>,
}

/// The parts of the blob. Lengths that do not fit were found before.
pub(crate) fn split<'a>(parts: &'a [XComPart], blob: &'a [u8]) -> Vec<XComValue<'a>> {
    let mut rest = blob;
    parts
        .iter()
        .map_while(|part| {
            let (value, after) = rest.split_at_checked(part.length)?;
            rest = after;
            Some(XComValue {
                key: &part.key,
                value,
            })
        })
        .collect()
}
