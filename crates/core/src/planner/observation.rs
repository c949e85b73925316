//! News for the snapshot.

use super::facts::{DagEntry, Pool, Run, RunKey, SkipDecision, TaskInstance, Usage};
use crate::{DagId, MapIndex, TaskId, UtcDateTime, state::DagRunState};

/// One change of what the database holds, as the scheduler learnt of it: from its own guarded
/// update, from the supervisor, or by reading again.
#[derive(Clone, Debug)]
pub enum Observation {
    /// A DAG's row or definition is new or different.
    Dag(Box<DagEntry>),
    /// The DAG's row is gone.
    DagGone(DagId),
    /// All pools; those missing no longer exist.
    Pools(Vec<Pool>),
    /// A queued or running DAG run, read whole. Replaces what was known of it.
    Run(Box<Run>),
    /// A DAG run's own row changed. A finished one is forgotten, as with [`Self::RunGone`].
    RunState(RunState),
    /// A DAG run finished, or its row is gone.
    RunGone(RunKey),
    /// New content of one task instance's row, or a new row.
    TaskInstance {
        run: RunKey,
        task_id: TaskId,
        instance: Box<TaskInstance>,
    },
    /// A branching task left an `XCom` `skipmixin_key`. Comes before the task's own end.
    SkipDecision {
        run: RunKey,
        task_id: TaskId,
        map_index: MapIndex,
        decision: SkipDecision,
    },
    /// Slots taken by what the snapshot does not hold. Replaces what was known of it.
    ForeignUsage(Usage),
    /// Python's answer to [`Evaluate::Dependencies`](super::Evaluate::Dependencies).
    Dependencies {
        run: RunKey,
        task_id: TaskId,
        map_index: MapIndex,
        met: bool,
    },
    /// The database does not let this task instance be queued, for a reason that time may not
    /// heal. It takes nobody's place in the queue until its run is observed whole again.
    CannotQueue {
        run: RunKey,
        task_id: TaskId,
        map_index: MapIndex,
    },
    /// A change planned for the run was refused: look at all of it again.
    RunDirty(RunKey),
}

/// The columns of a `dag_run` row that change during its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunState {
    pub run: RunKey,
    pub state: DagRunState,
    pub start_date: Option<UtcDateTime>,
    pub queued_at: Option<UtcDateTime>,
    pub last_scheduling_decision: Option<UtcDateTime>,
    pub dag_hash: Option<String>,
}
