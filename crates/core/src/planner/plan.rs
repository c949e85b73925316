//! What the scheduler shall do next.

use super::facts::{NextDagRun, RunKey};
use crate::{
    DagId, MapIndex, RunId, TaskId, UtcDateTime,
    state::{DagRunState, DagRunType, TaskInstanceState},
    timetable::DataInterval,
};

/// Everything to do now, in the order of the fields. Each entry is applied on its own with guarded
/// updates; one that is refused does not touch the others, but a [`QueueTask`] whose run has a
/// refused [`RunPlan`] must be dropped too, since it may build on it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The moment for which the plan was made.
    pub now: UtcDateTime,
    pub create_runs: Vec<CreateRun>,
    /// Updates of `dag.next_dagrun*` that no run's creation carries.
    pub next_dagruns: Vec<NextDagRunUpdate>,
    /// Queued runs to be set running (start date now), each guarded by its state and its DAG's
    /// limit.
    pub start_runs: Vec<StartRun>,
    /// One transaction each, that locks the `dag_run` row first.
    pub runs: Vec<RunPlan>,
    /// In the order in which the executor shall get them.
    pub queue: Vec<QueueTask>,
    /// What only Python can say. The DAG or task waits for the answer.
    pub evaluate: Vec<Evaluate>,
    /// Runs of which facts are missing in the snapshot: read them whole.
    pub reload: Vec<RunKey>,
    /// To be logged; nothing is done about them.
    pub notices: Vec<Notice>,
    /// When the next plan has something to do even if nothing is observed until then.
    pub wake_at: Option<UtcDateTime>,
}

impl Plan {
    /// A plan to do nothing.
    pub fn idle(now: UtcDateTime) -> Self {
        Self {
            now,
            create_runs: Vec::new(),
            next_dagruns: Vec::new(),
            start_runs: Vec::new(),
            runs: Vec::new(),
            queue: Vec::new(),
            evaluate: Vec::new(),
            reload: Vec::new(),
            notices: Vec::new(),
            wake_at: None,
        }
    }

    /// Nothing to write.
    pub fn is_idle(&self) -> bool {
        self.create_runs.is_empty()
            && self.next_dagruns.is_empty()
            && self.start_runs.is_empty()
            && self.runs.is_empty()
            && self.queue.is_empty()
    }
}

/// A new `dag_run` row (state queued) with its task instances. Where a run of that DAG and
/// execution date exists already, only `next_dagrun_if_exists` is written.
#[derive(Clone, Debug)]
pub struct CreateRun {
    pub dag_id: DagId,
    pub run_id: RunId,
    pub run_type: DagRunType,
    pub execution_date: UtcDateTime,
    pub data_interval: DataInterval,
    pub dag_hash: String,
    pub instances: Vec<NewInstance>,
    pub next_dagrun: NextDagRunChange,
    /// The same for the case that the run exists, and so takes no room under `max_active_runs`.
    /// Without it, a DAG that is held back would come back to that date for ever.
    pub next_dagrun_if_exists: NextDagRunChange,
}

/// A `task_instance` row to insert: state none, try 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInstance {
    pub task_id: TaskId,
    pub map_index: MapIndex,
    pub max_tries: i32,
    pub pool: String,
    pub pool_slots: i32,
    pub priority_weight: i32,
    pub queue: String,
    pub executor: Option<String>,
    /// JSON text of the serialized executor configuration; the column itself is a pickle.
    pub executor_config: Option<String>,
    /// Class name.
    pub operator: String,
    pub task_display_name: String,
}

/// A change of one DAG's `next_dagrun*` columns, to be written only where they still say what was
/// `seen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextDagRunUpdate {
    pub dag_id: DagId,
    pub seen: Option<NextDagRun>,
    pub change: NextDagRunChange,
}

/// What becomes of a DAG's `next_dagrun*` columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextDagRunChange {
    /// Only `next_dagrun_create_after` becomes NULL: `max_active_runs` is reached, or only Python
    /// can say what follows (see [`Evaluate::NextDagRun`]).
    HoldBack,
    Set(NextDagRun),
    /// All become NULL: the schedule has ended.
    Clear,
}

/// A queued run that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartRun {
    pub run: RunKey,
    /// Of its DAG, with which other schedulers count, too.
    pub max_active_runs: u32,
}

/// Decisions about one running DAG run. `last_scheduling_decision` becomes now.
#[derive(Clone, Debug)]
pub struct RunPlan {
    pub run: RunKey,
    pub create_instances: Vec<NewInstance>,
    pub changes: Vec<TaskChange>,
    /// The new `dag_run.dag_hash`, where the run was brought in line with another definition.
    pub dag_hash: Option<String>,
    pub finish: Option<RunFinish>,
}

impl RunPlan {
    pub fn new(run: RunKey) -> Self {
        Self {
            run,
            create_instances: Vec::new(),
            changes: Vec::new(),
            dag_hash: None,
            finish: None,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.create_instances.is_empty()
            && self.changes.is_empty()
            && self.dag_hash.is_none()
            && self.finish.is_none()
    }
}

/// A new state for one task instance, to be written only where it still is in state `from` with
/// that try number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskChange {
    pub task_id: TaskId,
    pub map_index: MapIndex,
    pub from: TaskInstanceState,
    /// The try number before the change.
    pub try_number: i32,
    pub change: Change,
}

/// What happens to a task instance. Deferral will add a start from a trigger, and dynamic mapping
/// an expansion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// To scheduled, with this try number.
    Schedule { try_number: i32 },
    /// An `EmptyOperator` succeeds without running: this try number, start and end now, duration 0.
    SucceedEmpty { try_number: i32 },
    /// To skipped. Dates are filled in where they are NULL.
    Skip,
    /// To skipped because of `dagrun_timeout`, from any unfinished state but none. Dates stay.
    SkipTimedOut,
    /// To `upstream_failed`. Dates are filled in where they are NULL.
    FailUpstream,
    /// To removed: the task is gone from the DAG. Dates stay.
    Remove,
    /// From removed to none: the task is back.
    Restore,
}

impl Change {
    /// The state that the change leads to.
    pub fn state(self) -> TaskInstanceState {
        match self {
            Self::Schedule { .. } => TaskInstanceState::Scheduled,
            Self::SucceedEmpty { .. } => TaskInstanceState::Success,
            Self::Skip | Self::SkipTimedOut => TaskInstanceState::Skipped,
            Self::FailUpstream => TaskInstanceState::UpstreamFailed,
            Self::Remove => TaskInstanceState::Removed,
            Self::Restore => TaskInstanceState::NoStatus,
        }
    }
}

/// The end of a DAG run: end date now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunFinish {
    pub state: DagRunState,
    pub reason: FinishReason,
    /// `max_consecutive_failed_dag_runs`, where it is to be checked: ask
    /// [`should_pause`](super::should_pause) with the states of that many newest runs.
    pub failures_to_pause: Option<u32>,
}

/// Why a run ended; the text is the reason that DAG callbacks get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishReason {
    Success,
    TaskFailure,
    AllTasksDeadlocked,
    TimedOut,
    /// Nothing is left to do but tasks that Updraft cannot run yet.
    Unsupported(Feature),
}

impl FinishReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::TaskFailure => "task_failure",
            Self::AllTasksDeadlocked => "all_tasks_deadlocked",
            Self::TimedOut => "timed_out",
            Self::Unsupported(_) => "unsupported",
        }
    }
}

/// A task instance to be queued: guarded by state and try number, state becomes queued with
/// `queued_dttm` now and `queued_by_job_id` this scheduler's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueTask {
    pub run: RunKey,
    pub task_id: TaskId,
    pub map_index: MapIndex,
    /// Scheduled, or straight from none, `up_for_retry` or `up_for_reschedule`. In the latter
    /// three cases the transaction must lock the `dag_run` row.
    pub from: TaskInstanceState,
    /// The try number before, for the guard.
    pub from_try_number: i32,
    /// The try number that is queued.
    pub try_number: i32,
    pub pool: String,
    pub pool_slots: i32,
    pub priority_weight: i32,
    pub queue: String,
    pub executor: Option<String>,
    pub limits: TaskLimits,
}

/// What bounds the queued and running task instances of a task, beside its pool. The snapshot may
/// not know yet what other schedulers queued, so they are counted again when the task is queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskLimits {
    /// Of its DAG.
    pub max_active_tasks: u32,
    pub max_active_tis_per_dag: Option<u32>,
    pub max_active_tis_per_dagrun: Option<u32>,
}

/// A question that needs the user's Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluate {
    /// A custom timetable's `next_dagrun_info`. The answer is written to `dag` and observed.
    NextDagRun {
        dag_id: DagId,
        last_automated: Option<DataInterval>,
    },
    /// Custom weight rules of these tasks. The answer comes with [`DagEntry::custom_weights`];
    /// runs of the DAG are not created before.
    ///
    /// [`DagEntry::custom_weights`]: super::DagEntry::custom_weights
    PriorityWeights { dag_id: DagId, tasks: Vec<TaskId> },
    /// Dependencies that a plugin or operator added to Airflow's own.
    Dependencies {
        run: RunKey,
        task_id: TaskId,
        map_index: MapIndex,
    },
}

/// Something that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The run has tasks that are left alone.
    Unsupported {
        run: RunKey,
        task_id: TaskId,
        feature: Feature,
    },
    /// Task instances wait for a pool that does not exist.
    PoolMissing { pool: String },
    /// A task wants more slots than its pool has; it never runs.
    PoolTooSmall {
        dag_id: DagId,
        pool: String,
        pool_slots: i32,
    },
    /// No executor of this scheduler has that name.
    ExecutorUnknown { dag_id: DagId, executor: String },
}

/// A feature of Airflow that Updraft does not have yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    DynamicTaskMapping,
    StartFromTrigger,
}

impl Feature {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DynamicTaskMapping => "dynamic task mapping",
            Self::StartFromTrigger => "start from trigger",
        }
    }
}
