//! `dags list`, `dags details`.

use sqlx::FromRow;

use crate::{DbTimestamp, Error, Source};

/// A row of `dag`.
#[derive(Clone, Debug, FromRow)]
pub struct DagRow {
    pub dag_id: String,
    pub root_dag_id: Option<String>,
    pub is_paused: Option<bool>,
    pub is_subdag: Option<bool>,
    pub is_active: Option<bool>,
    pub last_parsed_time: Option<DbTimestamp>,
    pub last_pickled: Option<DbTimestamp>,
    pub last_expired: Option<DbTimestamp>,
    pub scheduler_lock: Option<bool>,
    pub pickle_id: Option<i32>,
    pub fileloc: Option<String>,
    pub owners: Option<String>,
    pub dag_display_name: Option<String>,
    pub description: Option<String>,
    pub default_view: Option<String>,
    /// JSON text.
    pub schedule_interval: Option<String>,
    pub timetable_description: Option<String>,
    pub max_active_tasks: i32,
    pub max_active_runs: Option<i32>,
    pub max_consecutive_failed_dag_runs: i32,
    pub has_task_concurrency_limits: bool,
    pub has_import_errors: Option<bool>,
    pub next_dagrun: Option<DbTimestamp>,
    pub next_dagrun_data_interval_start: Option<DbTimestamp>,
    pub next_dagrun_data_interval_end: Option<DbTimestamp>,
    pub next_dagrun_create_after: Option<DbTimestamp>,
}

macro_rules! select_dags {
    ($rest:literal) => {
        concat!(
            "SELECT dag_id, root_dag_id, is_paused, is_subdag, is_active, last_parsed_time,
                 last_pickled, last_expired, scheduler_lock, pickle_id, fileloc, owners,
                 dag_display_name, description, default_view, schedule_interval,
                 timetable_description, max_active_tasks, max_active_runs,
                 max_consecutive_failed_dag_runs, has_task_concurrency_limits, has_import_errors,
                 next_dagrun, next_dagrun_data_interval_start, next_dagrun_data_interval_end,
                 next_dagrun_create_after
             FROM dag ",
            $rest
        )
    };
}

/// The DAGs whose files are there, by name.
pub async fn dags<'c>(source: impl Source<'c>) -> Result<Vec<DagRow>, Error> {
    source
        .query(select_dags!(
            "WHERE is_active
             ORDER BY dag_id"
        ))
        .fetch_all()
        .await
}

/// The DAG, active or not.
pub async fn dag<'c>(source: impl Source<'c>, dag_id: &str) -> Result<Option<DagRow>, Error> {
    source
        .query(select_dags!("WHERE dag_id = $1"))
        .bind(dag_id)
        .fetch_optional()
        .await
}

/// The (DAG, tag) pairs of all DAGs, sorted.
pub async fn tags<'c>(source: impl Source<'c>) -> Result<Vec<(String, String)>, Error> {
    source
        .query(
            "SELECT dag_id, name
             FROM dag_tag
             ORDER BY dag_id, name",
        )
        .fetch_all()
        .await
}
