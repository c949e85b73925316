//! A DAG run with all its task instances.

use std::fmt;

use super::{PreviousRuns, SkipDecision, TaskInstance};
use crate::{
    DagId, MapIndex, RunId, TaskId, UtcDateTime,
    state::{DagRunState, DagRunType},
    timetable::DataInterval,
};

/// Identity of a DAG run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunKey {
    pub dag_id: DagId,
    pub run_id: RunId,
}

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.dag_id, self.run_id)
    }
}

/// A queued or running DAG run, as read from the database in one go.
///
/// Backfill runs belong here too: they count against `max_active_runs` and their task instances
/// against every limit, but the planner decides nothing about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub key: RunKey,
    /// `dag_run.id`.
    pub id: i32,
    pub state: DagRunState,
    pub run_type: DagRunType,
    pub execution_date: UtcDateTime,
    pub data_interval: Option<DataInterval>,
    pub start_date: Option<UtcDateTime>,
    pub queued_at: Option<UtcDateTime>,
    pub last_scheduling_decision: Option<UtcDateTime>,
    pub dag_hash: Option<String>,
    pub external_trigger: bool,
    pub instances: Vec<(TaskId, TaskInstance)>,
    /// Task, map index and content of every `XCom` `skipmixin_key` of the run.
    pub skip_decisions: Vec<(TaskId, MapIndex, SkipDecision)>,
    /// `None` where it was not read: see [`Snapshot::needs_previous_runs`].
    ///
    /// [`Snapshot::needs_previous_runs`]: crate::planner::Snapshot::needs_previous_runs
    pub previous: Option<PreviousRuns>,
}
