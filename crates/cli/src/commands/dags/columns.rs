//! A DAG's columns, as Airflow's REST API and command line name and show them.

use serde_json::Value as Json;
use updraft_metadata_db::{DbTimestamp, cli_queries::DagRow};

use super::file_token;
use crate::output::{Record, Value, record};

/// All columns of the DAG. Its file token needs `[webserver] secret_key`.
pub(super) fn columns(dag: &DagRow, tags: &[&str], secret_key: &str) -> Record {
    let mut columns = state(dag);
    columns.extend(description(dag, tags, secret_key));
    columns.extend(limits(dag));
    columns.extend(next_dagrun(dag));
    columns
}

fn state(dag: &DagRow) -> Record {
    let display_name = dag.dag_display_name.as_ref().unwrap_or(&dag.dag_id);
    record([
        ("dag_id", dag.dag_id.as_str().into()),
        ("dag_display_name", display_name.as_str().into()),
        ("root_dag_id", dag.root_dag_id.clone().into()),
        ("is_paused", dag.is_paused.into()),
        ("is_active", dag.is_active.into()),
        ("is_subdag", dag.is_subdag.into()),
        ("last_parsed_time", isoformat(dag.last_parsed_time)),
        ("last_pickled", isoformat(dag.last_pickled)),
        ("last_expired", isoformat(dag.last_expired)),
        ("scheduler_lock", dag.scheduler_lock.into()),
        ("pickle_id", dag.pickle_id.into()),
    ])
}

fn description(dag: &DagRow, tags: &[&str], secret_key: &str) -> Record {
    let fileloc = dag.fileloc.as_deref().unwrap_or_default();
    let owners = dag.owners.as_deref().unwrap_or_default().split(',');
    let owners = owners.filter(|owner| !owner.is_empty()).map(Value::from);
    let tags = tags
        .iter()
        .map(|tag| Value::Map(record([("name", (*tag).into())])));
    let schedule_interval = schedule_interval(dag.schedule_interval.as_deref());
    record([
        ("default_view", dag.default_view.clone().into()),
        ("fileloc", fileloc.into()),
        ("file_token", file_token::of(fileloc, secret_key).into()),
        ("owners", Value::List(owners.collect())),
        ("description", dag.description.clone().into()),
        ("schedule_interval", schedule_interval),
        (
            "timetable_description",
            dag.timetable_description.clone().into(),
        ),
        ("tags", Value::List(tags.collect())),
    ])
}

fn limits(dag: &DagRow) -> Record {
    record([
        ("max_active_tasks", dag.max_active_tasks.into()),
        ("max_active_runs", dag.max_active_runs.into()),
        (
            "max_consecutive_failed_dag_runs",
            dag.max_consecutive_failed_dag_runs.into(),
        ),
        (
            "has_task_concurrency_limits",
            dag.has_task_concurrency_limits.into(),
        ),
        ("has_import_errors", dag.has_import_errors.into()),
    ])
}

fn next_dagrun(dag: &DagRow) -> Record {
    record([
        ("next_dagrun", isoformat(dag.next_dagrun)),
        (
            "next_dagrun_data_interval_start",
            isoformat(dag.next_dagrun_data_interval_start),
        ),
        (
            "next_dagrun_data_interval_end",
            isoformat(dag.next_dagrun_data_interval_end),
        ),
        (
            "next_dagrun_create_after",
            isoformat(dag.next_dagrun_create_after),
        ),
    ])
}

fn isoformat(at: Option<DbTimestamp>) -> Value {
    at.map(|at| at.isoformat()).into()
}

/// Cron text and summaries are one type, the two kinds of delta have their fields.
fn schedule_interval(json: Option<&str>) -> Value {
    let json = json.and_then(|text| serde_json::from_str(text).ok());
    let typed = |name: &str| ("__type".to_owned(), name.into());
    match json {
        Some(Json::String(text)) => Value::Map(vec![
            typed("CronExpression"),
            ("value".to_owned(), text.into()),
        ]),
        Some(Json::Object(mut map)) => {
            let name = match map.get("type").and_then(Json::as_str) {
                Some("relativedelta") => "RelativeDelta",
                _ => "TimeDelta",
            };
            let mut items = vec![typed(name)];
            if let Some(Json::Object(attributes)) = map.remove("attrs") {
                items.extend(attributes.into_iter().map(|(key, item)| (key, item.into())));
            }
            Value::Map(items)
        }
        _ => Value::None,
    }
}
