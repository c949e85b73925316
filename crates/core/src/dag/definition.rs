//! The DAG itself.

use jiff::SignedDuration;

use super::{MappedTaskGroup, TaskGraph};
use crate::{DagId, UtcDateTime, timetable::Timetable};

/// A DAG definition. Immutable: another version of the file makes another value.
#[derive(Clone, Debug)]
pub struct Dag {
    pub dag_id: DagId,
    /// Absolute path of the DAG file.
    pub fileloc: String,
    /// Path below the DAG folder of the process that parsed the file, where it lies below it.
    pub relative_fileloc: Option<String>,
    /// `serialized_dag.dag_hash` of the stored form that this value was read from.
    pub dag_hash: String,
    pub timetable: Timetable,
    pub start_date: Option<UtcDateTime>,
    pub end_date: Option<UtcDateTime>,
    pub catchup: bool,
    pub max_active_runs: u32,
    pub max_active_tasks: u32,
    /// 0 switches the rule off.
    pub max_consecutive_failed_dag_runs: u32,
    pub dagrun_timeout: Option<SignedDuration>,
    pub has_on_success_callback: bool,
    pub has_on_failure_callback: bool,
    pub tasks: TaskGraph,
    /// The task groups that are mapped; an enclosing group comes before the groups inside it.
    /// Other groups only arrange the display.
    pub mapped_groups: Vec<MappedTaskGroup>,
}

impl Dag {
    /// A DAG with Airflow's defaults under its default configuration.
    pub fn new(dag_id: impl Into<DagId>, timetable: Timetable, tasks: TaskGraph) -> Self {
        Self {
            dag_id: dag_id.into(),
            fileloc: String::new(),
            relative_fileloc: None,
            dag_hash: String::new(),
            timetable,
            start_date: None,
            end_date: None,
            catchup: true,
            max_active_runs: 16,
            max_active_tasks: 16,
            max_consecutive_failed_dag_runs: 0,
            dagrun_timeout: None,
            has_on_success_callback: false,
            has_on_failure_callback: false,
            tasks,
            mapped_groups: Vec::new(),
        }
    }

    /// Whether queueing a task must count the other instances of that task.
    pub fn has_task_concurrency_limits(&self) -> bool {
        self.tasks.iter().any(|(_, task)| {
            task.max_active_tis_per_dag.is_some() || task.max_active_tis_per_dagrun.is_some()
        })
    }
}
