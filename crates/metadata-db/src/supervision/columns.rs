//! Whole rows, for the task's process: there they become Airflow's own objects.

use serde::{Serialize, Serializer};
use sqlx::FromRow;

use crate::value::{DbTimestamp, JsonText};

/// Every column of `task_instance`.
#[derive(Clone, Debug, FromRow, Serialize)]
pub struct TaskInstanceColumns {
    pub task_id: String,
    pub dag_id: String,
    pub run_id: String,
    pub map_index: i32,
    #[serde(serialize_with = "iso")]
    pub start_date: Option<DbTimestamp>,
    #[serde(serialize_with = "iso")]
    pub end_date: Option<DbTimestamp>,
    pub duration: Option<f64>,
    pub state: Option<String>,
    pub try_number: Option<i32>,
    pub max_tries: Option<i32>,
    pub hostname: Option<String>,
    pub unixname: Option<String>,
    pub job_id: Option<i32>,
    pub pool: String,
    pub pool_slots: i32,
    pub queue: Option<String>,
    pub priority_weight: Option<i32>,
    pub operator: Option<String>,
    pub custom_operator_name: Option<String>,
    #[serde(serialize_with = "iso")]
    pub queued_dttm: Option<DbTimestamp>,
    pub queued_by_job_id: Option<i32>,
    pub pid: Option<i32>,
    pub executor: Option<String>,
    /// The bytes of a pickle: they go to Python as base64 text, see the supervisor.
    #[serde(skip)]
    pub executor_config: Option<Vec<u8>>,
    #[serde(serialize_with = "iso")]
    pub updated_at: Option<DbTimestamp>,
    pub rendered_map_index: Option<String>,
    pub external_executor_id: Option<String>,
    pub trigger_id: Option<i32>,
    /// Naive in the database.
    #[serde(serialize_with = "naive")]
    pub trigger_timeout: Option<DbTimestamp>,
    pub next_method: Option<String>,
    #[serde(serialize_with = "json_text")]
    pub next_kwargs: Option<JsonText>,
    pub task_display_name: Option<String>,
}

/// The names in [`TaskInstanceColumns`], for a SELECT or RETURNING.
macro_rules! task_instance_columns {
    () => {
        "task_id, dag_id, run_id, map_index, start_date, end_date, duration, state, try_number,
         max_tries, hostname, unixname, job_id, pool, pool_slots, queue, priority_weight,
         operator, custom_operator_name, queued_dttm, queued_by_job_id, pid, executor,
         executor_config, updated_at, rendered_map_index, external_executor_id, trigger_id,
         trigger_timeout, next_method, next_kwargs, task_display_name"
    };
}
pub(crate) use task_instance_columns;

/// Every column of `dag_run`.
#[derive(Clone, Debug, FromRow, Serialize)]
pub struct DagRunColumns {
    pub id: i32,
    pub dag_id: String,
    #[serde(serialize_with = "iso")]
    pub queued_at: Option<DbTimestamp>,
    #[serde(serialize_with = "iso_always")]
    pub execution_date: DbTimestamp,
    #[serde(serialize_with = "iso")]
    pub start_date: Option<DbTimestamp>,
    #[serde(serialize_with = "iso")]
    pub end_date: Option<DbTimestamp>,
    pub state: Option<String>,
    pub run_id: String,
    pub creating_job_id: Option<i32>,
    pub external_trigger: Option<bool>,
    pub run_type: String,
    /// The bytes of a pickle: they travel beside the message.
    #[serde(skip)]
    pub conf: Option<Vec<u8>>,
    #[serde(serialize_with = "iso")]
    pub data_interval_start: Option<DbTimestamp>,
    #[serde(serialize_with = "iso")]
    pub data_interval_end: Option<DbTimestamp>,
    #[serde(serialize_with = "iso")]
    pub last_scheduling_decision: Option<DbTimestamp>,
    pub dag_hash: Option<String>,
    pub log_template_id: Option<i32>,
    #[serde(serialize_with = "iso")]
    pub updated_at: Option<DbTimestamp>,
    pub clear_number: i32,
}

/// The names in [`DagRunColumns`].
macro_rules! dag_run_columns {
    () => {
        "id, dag_id, queued_at, execution_date, start_date, end_date, state, run_id,
         creating_job_id, external_trigger, run_type, conf, data_interval_start,
         data_interval_end, last_scheduling_decision, dag_hash, log_template_id, updated_at,
         clear_number"
    };
}
pub(crate) use dag_run_columns;

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
fn iso<S: Serializer>(value: &Option<DbTimestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    value
        .map(|timestamp| timestamp.0.isoformat())
        .serialize(serializer)
}

fn iso_always<S: Serializer>(value: &DbTimestamp, serializer: S) -> Result<S::Ok, S::Error> {
    value.0.isoformat().serialize(serializer)
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
fn naive<S: Serializer>(value: &Option<DbTimestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    value
        .map(|timestamp| {
            timestamp
                .0
                .isoformat()
                .trim_end_matches("+00:00")
                .to_owned()
        })
        .serialize(serializer)
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
fn json_text<S: Serializer>(value: &Option<JsonText>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map(|json| &json.0).serialize(serializer)
}
