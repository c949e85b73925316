//! What happened, for a person who watches.

use jiff::SignedDuration;
use updraft_core::{
    DagId, TaskInstanceKey,
    planner::{FinishReason, Notice, RunKey},
    state::{DagRunState, TaskInstanceState},
};

/// Progress, in the order in which it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The scheduler has read everything and is at work.
    Ready {
        job_id: i32,
    },
    RunStarted {
        run: RunKey,
    },
    RunFinished {
        run: RunKey,
        state: DagRunState,
        /// `None` where somebody else ended it.
        reason: Option<FinishReason>,
        /// Since its start.
        duration: Option<SignedDuration>,
    },
    TaskStarted {
        key: TaskInstanceKey,
        try_number: i32,
    },
    /// A try ended, or a task instance was decided about without one.
    TaskFinished {
        key: TaskInstanceKey,
        try_number: i32,
        state: TaskInstanceState,
        duration: Option<SignedDuration>,
        /// Why it failed, where the supervisor said so.
        reason: Option<String>,
    },
    /// A DAG was paused because its runs keep failing.
    DagPaused {
        dag_id: DagId,
        failed_runs: u32,
    },
    /// A serialized DAG cannot be read; its runs are left alone.
    DagUnreadable {
        dag_id: DagId,
        reason: String,
    },
    Notice(Notice),
    /// The database did not answer or refused; the scheduler goes on trying.
    DatabaseTrouble {
        reason: String,
    },
    Stopped,
}
