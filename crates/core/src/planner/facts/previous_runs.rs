//! What `depends_on_past` looks at.

use std::collections::HashSet;

use crate::{MapIndex, RunId, TaskId, UtcDateTime, state::TaskInstanceState};

/// Earlier runs of the DAG, as far as the run's tasks depend on them. Read when the run is loaded;
/// the snapshot keeps it current while the previous run is loaded too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviousRuns {
    /// The latest earlier run by execution date; with catchup, the latest that is not manual.
    pub run: Option<PreviousRun>,
    /// Tasks with a task instance in a run earlier than that. Needed only for tasks with
    /// `ignore_first_depends_on_past`; others may be missing.
    pub tasks_seen: HashSet<TaskId>,
}

/// The run right before, with the states of all its task instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousRun {
    pub run_id: RunId,
    pub execution_date: UtcDateTime,
    pub instances: Vec<(TaskId, MapIndex, TaskInstanceState)>,
}
