//! The end of a try as it is spooled.

use serde::{Deserialize, Serialize};
use updraft_core::{MapIndex, TaskId, TaskInstanceKey, UtcDateTime, state::TaskInstanceState};
use updraft_metadata_db::supervision::{
    ProcessEnd, TaskMapRow, TryCallback, TryEnd, TryKey, XComValue,
};

use crate::protocol::{XComPart, split};

/// Everything that the end of a try writes, with what guards the write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SpooledEnd {
    /// Of the supervisor that wrote it.
    pub(crate) lease: String,
    pub(crate) tag: String,
    pub(crate) key: TaskInstanceKey,
    pub(crate) try_number: i32,
    pub(crate) job_id: i32,
    state: TaskInstanceState,
    max_tries: Option<i32>,
    start_date: UtcDateTime,
    end_date: UtcDateTime,
    reschedule_date: Option<UtcDateTime>,
    execution_date: UtcDateTime,
    owner: Option<String>,
    rendered_map_index: Option<String>,
    note: Option<String>,
    pub(super) xcoms: Vec<XComPart>,
    task_map: Option<TaskMap>,
    skips: Vec<(TaskId, MapIndex)>,
    rendered_fields: Option<(String, i64)>,
    callback: Option<Callback>,
    process: Process,
    instead: Instead,
    /// What `xcoms` has the lengths of.
    #[serde(skip)]
    pub(super) blob: Vec<u8>,
}

/// The failure that takes the place of an end that the database does not take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Instead {
    pub(crate) state: TaskInstanceState,
    /// What it leaves to be done, where the process does not know of it.
    pub(crate) callback: Option<Callback>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct TaskMap {
    length: i32,
    keys: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Callback {
    pub(crate) reason: String,
    pub(crate) path: String,
    pub(crate) dags_folder: String,
    pub(crate) run_as_user: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Process {
    exit_code: Option<i32>,
    signal: Option<i32>,
    cpu_seconds: Option<f64>,
    peak_rss_bytes: Option<i64>,
}

impl SpooledEnd {
    pub(crate) fn new(lease: &str, end: &TryEnd<'_>, instead: Instead) -> Self {
        Self {
            lease: lease.to_owned(),
            tag: end.tag.to_owned(),
            key: end.by.key.clone(),
            try_number: end.by.try_number,
            job_id: end.by.job_id,
            state: end.state,
            max_tries: end.max_tries,
            start_date: end.start_date,
            end_date: end.end_date,
            reschedule_date: end.reschedule_date,
            execution_date: end.execution_date,
            owner: end.owner.map(str::to_owned),
            rendered_map_index: end.rendered_map_index.map(str::to_owned),
            note: end.note.map(str::to_owned),
            xcoms: end.xcoms.iter().map(part).collect(),
            task_map: end.task_map.as_ref().map(|map| TaskMap {
                length: map.length,
                keys: map.keys.clone(),
            }),
            skips: end.skips.to_vec(),
            rendered_fields: end
                .rendered_fields
                .map(|(fields, keep)| (fields.to_owned(), keep)),
            callback: end.callback.as_ref().map(Callback::of),
            process: Process::of(end.process),
            instead,
            blob: end
                .xcoms
                .iter()
                .flat_map(|xcom| xcom.value)
                .copied()
                .collect(),
        }
    }

    /// The end, to be written now.
    pub(crate) fn end(&self, now: UtcDateTime) -> TryEnd<'_> {
        TryEnd {
            by: TryKey {
                key: &self.key,
                try_number: self.try_number,
                job_id: self.job_id,
            },
            tag: &self.tag,
            state: self.state,
            max_tries: self.max_tries,
            start_date: self.start_date,
            end_date: self.end_date,
            reschedule_date: self.reschedule_date,
            execution_date: self.execution_date,
            owner: self.owner.as_deref(),
            rendered_map_index: self.rendered_map_index.as_deref(),
            note: self.note.as_deref(),
            xcoms: split(&self.xcoms, &self.blob),
            task_map: self.task_map.as_ref().map(|map| TaskMapRow {
                length: map.length,
                keys: map.keys.clone(),
            }),
            skips: &self.skips,
            rendered_fields: self
                .rendered_fields
                .as_ref()
                .map(|(fields, keep)| (fields.as_str(), *keep)),
            callback: self.callback.as_ref().map(Callback::to_be_run),
            process: self.process.end(),
            now,
        }
    }

    /// What is written where the database refuses the end: a failure, without anything that the task
    /// left.
    pub(crate) fn end_instead(&self, now: UtcDateTime) -> TryEnd<'_> {
        TryEnd {
            state: self.instead.state,
            reschedule_date: None,
            rendered_map_index: None,
            note: None,
            xcoms: Vec::new(),
            task_map: None,
            skips: &[],
            rendered_fields: None,
            callback: self.instead.callback.as_ref().map(Callback::to_be_run),
            ..self.end(now)
        }
    }
}

fn part(xcom: &XComValue<'_>) -> XComPart {
    XComPart {
        key: xcom.key.to_owned(),
        length: xcom.value.len(),
    }
}

impl Callback {
    pub(crate) fn of(callback: &TryCallback<'_>) -> Self {
        Self {
            reason: callback.reason.to_owned(),
            path: callback.path.to_owned(),
            dags_folder: callback.dags_folder.to_owned(),
            run_as_user: callback.run_as_user.map(str::to_owned),
        }
    }

    /// By whoever finds it first: the supervisor that would have run it at once is gone.
    fn to_be_run(&self) -> TryCallback<'_> {
        TryCallback {
            reason: &self.reason,
            path: &self.path,
            dags_folder: &self.dags_folder,
            run_as_user: self.run_as_user.as_deref(),
            owner: None,
        }
    }
}

impl Process {
    fn of(end: ProcessEnd) -> Self {
        Self {
            exit_code: end.exit_code,
            signal: end.signal,
            cpu_seconds: end.cpu_seconds,
            peak_rss_bytes: end.peak_rss_bytes,
        }
    }

    fn end(&self) -> ProcessEnd {
        ProcessEnd {
            exit_code: self.exit_code,
            signal: self.signal,
            cpu_seconds: self.cpu_seconds,
            peak_rss_bytes: self.peak_rss_bytes,
        }
    }
}
