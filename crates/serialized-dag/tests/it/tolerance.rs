//! Old forms, odd forms and refusals.

use rstest::rstest;
use updraft_core::{dag::Dag, timetable::Timetable};
use updraft_serialized_dag::{Defaults, Error, read};

fn read_dag(dag: &str) -> Result<Dag, Error> {
    let text = format!(r#"{{"__version": 1, "dag": {dag}}}"#);
    read(&text, "hash", &Defaults::default())
}

fn with_tasks(tasks: &str) -> Result<Dag, Error> {
    read_dag(&format!(
        r#"{{"_dag_id": "d", "fileloc": "/a/d.py", "timezone": "UTC", "tasks": [{tasks}]}}"#
    ))
}

#[test]
fn bare_tasks_and_old_names() {
    let dag = with_tasks(
        r#"{"task_id": "a", "_task_type": "DummyOperator", "_task_module": "m", "template_fields": [],
            "label": "a", "_downstream_task_ids": ["b", "gone"], "_is_dummy": true, "_outlets": [1]},
           {"__type": "operator", "__var": {"task_id": "b", "_task_type": "X", "downstream_task_ids": []}}"#,
    )
    .unwrap();
    let a = dag.tasks.index_of("a").unwrap();
    assert_eq!(dag.tasks.downstream(a), [dag.tasks.index_of("b").unwrap()]);
    assert!(dag.tasks.task(a).is_empty && dag.tasks.task(a).has_outlets);
    assert_eq!(dag.timetable, Timetable::Null);
    assert_eq!(dag.relative_fileloc, None);
}

#[test]
fn numbers_as_floats_and_null_for_none() {
    let dag = with_tasks(
        r#"{"task_id": "a", "_task_type": "X", "retries": 2.0, "retry_delay": 1, "pool_slots": 3.0,
            "priority_weight": 99999999999, "future_key": {"x": NaN}, "doc_md": "\ud800"},
           {"task_id": "b", "_task_type": "X", "retries": null, "pool": null, "queue": null,
            "max_active_tis_per_dag": null, "execution_timeout": null, "executor_config":
            {"__type": "dict", "__var": {}}}"#,
    )
    .unwrap();
    let tasks: Vec<_> = dag.tasks.iter().map(|(_, task)| task).collect();
    assert_eq!((tasks[0].retry.retries, tasks[0].pool_slots), (2, 3));
    assert_eq!(tasks[0].priority_weight, i32::MAX);
    assert_eq!(tasks[1].retry.retries, 0);
    assert_eq!(tasks[1].pool, "default_pool");
    assert_eq!(tasks[1].executor_config, None);
}

#[test]
fn a_plugin_timetable_stays_text() {
    let dag = read_dag(
        r#"{"_dag_id": "d", "timetable": {"__type": "plugin.Workdays", "__var": {"n": 1.50}}}"#,
    )
    .unwrap();
    let custom = dag.timetable.custom().unwrap();
    assert_eq!(custom.import_path, "plugin.Workdays");
    assert_eq!(custom.data, r#"{"n": 1.50}"#);
}

#[test]
fn unknown_dependencies_are_kept_for_python() {
    let dag = with_tasks(
        r#"{"task_id": "a", "_task_type": "X", "weight_rule": "plugin.Weight",
            "deps": ["airflow.ti_deps.deps.trigger_rule_dep.TriggerRuleDep", "plugin.Dep"]}"#,
    )
    .unwrap();
    let (_, task) = dag.tasks.iter().next().unwrap();
    assert_eq!(task.custom_deps, ["plugin.Dep"]);
}

#[rstest]
#[case::no_json("{", "the text is no serialized DAG")]
#[case::version(r#"{"__version": 2, "dag": {}}"#, "version 2")]
#[case::no_version(r#"{"dag": {}}"#, "version none")]
#[case::no_dag(r#"{"__version": 1}"#, "no serialized DAG")]
#[case::trigger_rule(
    r#"{"__version": 1, "dag": {"_dag_id": "d", "tasks": [{"task_id": "a", "_task_type": "X", "trigger_rule": "some"}]}}"#,
    "unknown trigger rule \"some\""
)]
#[case::cycle(
    r#"{"__version": 1, "dag": {"_dag_id": "d", "tasks": [
        {"task_id": "a", "_task_type": "X", "downstream_task_ids": ["b"]},
        {"task_id": "b", "_task_type": "X", "downstream_task_ids": ["b"]}]}}"#,
    "\"b\" lies on a cycle"
)]
#[case::cron(
    r#"{"__version": 1, "dag": {"_dag_id": "d", "schedule_interval": "61 * * * *"}}"#,
    "the timetable cannot be used"
)]
#[case::time_zone(
    r#"{"__version": 1, "dag": {"_dag_id": "d", "timezone": "Mars/Olympus", "schedule_interval": "@daily"}}"#,
    "the timetable cannot be used"
)]
#[case::task(
    r#"{"__version": 1, "dag": {"_dag_id": "d", "tasks": [{"task_id": "a", "_task_type": "X", "retries": "many"}]}}"#,
    "task \"a\" cannot be read"
)]
fn refusals_say_what_is_wrong(#[case] text: &str, #[case] expected: &str) {
    let error = read(text, "hash", &Defaults::default()).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
}
