//! The DAG itself.

use jiff::SignedDuration;

use super::TaskGraph;
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
}
