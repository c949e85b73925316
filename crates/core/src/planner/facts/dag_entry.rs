//! A row of `dag` with the definition that belongs to it.

use std::{collections::HashMap, sync::Arc};

use crate::{
    DagId, TaskId, UtcDateTime,
    dag::Dag,
    timetable::{self, DataInterval},
};

/// One DAG as the scheduler may act on it: its row in `dag` and its decoded definition.
///
/// Dataset-driven DAGs will add their queue rows here; DAG callbacks and SLAs need only flags
/// that the definition already carries.
#[derive(Clone, Debug)]
pub struct DagEntry {
    pub dag_id: DagId,
    /// `None` while no serialized form exists or could be decoded: runs of the DAG are left alone.
    pub dag: Option<Arc<Dag>>,
    pub is_paused: bool,
    pub is_active: bool,
    pub has_import_errors: bool,
    /// `dag.next_dagrun*`; `None` where `next_dagrun` is NULL.
    pub next_dagrun: Option<NextDagRun>,
    /// Interval of the newest run of type scheduled or backfill, by execution date.
    pub last_automated: Option<DataInterval>,
    /// Answers of custom weight rules, which only Python can give: one weight a task.
    pub custom_weights: HashMap<TaskId, i32>,
}

/// `dag.next_dagrun`, its data interval and `dag.next_dagrun_create_after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextDagRun {
    pub logical_date: UtcDateTime,
    pub data_interval: DataInterval,
    /// NULL while `max_active_runs` holds the DAG back.
    pub create_after: Option<UtcDateTime>,
}

impl From<timetable::NextDagRun> for NextDagRun {
    fn from(next: timetable::NextDagRun) -> Self {
        Self {
            logical_date: next.logical_date(),
            data_interval: next.data_interval,
            create_after: Some(next.run_after),
        }
    }
}
