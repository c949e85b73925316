//! What a parse says about a row of `dag`.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::DbTimestamp;

/// The columns of `dag` that the DAG file decides, by their names. The child protocol's `dag`
/// message has the same fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, FromRow)]
pub struct DagColumns {
    pub dag_id: String,
    pub root_dag_id: Option<String>,
    pub is_subdag: bool,
    pub fileloc: String,
    pub owners: String,
    pub dag_display_name: Option<String>,
    pub description: Option<String>,
    pub default_view: Option<String>,
    /// JSON text.
    pub schedule_interval: Option<String>,
    pub timetable_description: Option<String>,
    /// JSON text; `null` where no dataset triggers the DAG.
    pub dataset_expression: String,
    pub max_active_tasks: i32,
    pub max_active_runs: i32,
    pub max_consecutive_failed_dag_runs: i32,
    pub has_task_concurrency_limits: bool,
}

/// `dag.next_dagrun` and its companions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromRow)]
pub struct NextRunColumns {
    pub next_dagrun: Option<DbTimestamp>,
    pub next_dagrun_data_interval_start: Option<DbTimestamp>,
    pub next_dagrun_data_interval_end: Option<DbTimestamp>,
    /// NULL: no automatic run for the time being.
    pub next_dagrun_create_after: Option<DbTimestamp>,
}
