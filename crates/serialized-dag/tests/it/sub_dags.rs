//! SubDAGs.

use updraft_core::{dag::Dag, timetable::Timetable};
use updraft_serialized_dag::{Defaults, read_nested, read_sub_dags};

/// A SubDAG in a SubDAG, one wrapped and one bare.
const PARENT: &str = r#"{"__version": 1, "dag": {"_dag_id": "a", "schedule_interval": "@daily", "tasks": [
    {"__type": "operator", "__var": {"task_id": "plain", "_task_type": "X", "subdag": null}},
    {"__type": "operator", "__var": {"task_id": "b", "_task_type": "SubDagOperator", "subdag":
        {"__type": "dag", "__var": {"_dag_id": "a.b", "schedule_interval": "@daily", "tasks": [
            {"task_id": "c", "_task_type": "SubDagOperator", "subdag":
                {"_dag_id": "a.b.c", "tasks": [{"task_id": "leaf", "_task_type": "X"}]}}]}}}}]}}"#;

fn nested(dag_id: &str) -> Option<Dag> {
    read_nested(PARENT, dag_id, "hash", &Defaults::default()).unwrap()
}

fn task_ids(dag: &Dag) -> Vec<&str> {
    dag.tasks
        .iter()
        .map(|(_, task)| task.task_id.as_str())
        .collect()
}

#[test]
fn each_is_found_by_its_id() {
    assert_eq!(task_ids(&nested("a").unwrap()), ["plain", "b"]);
    assert_eq!(task_ids(&nested("a.b").unwrap()), ["c"]);
    let inner = nested("a.b.c").unwrap();
    assert_eq!(
        (task_ids(&inner), inner.dag_hash.as_str()),
        (vec!["leaf"], "hash")
    );
    assert!(nested("a.c").is_none());
}

#[test]
fn none_is_scheduled_by_itself() {
    assert_ne!(nested("a").unwrap().timetable, Timetable::Null);
    assert_eq!(nested("a.b").unwrap().timetable, Timetable::Null);
}

#[test]
fn all_are_listed_parents_first() {
    let sub_dags = read_sub_dags(PARENT, "hash", &Defaults::default()).unwrap();
    let dag_ids: Vec<&str> = sub_dags.iter().map(|dag| dag.dag_id.as_str()).collect();
    assert_eq!(dag_ids, ["a.b", "a.b.c"]);
}
