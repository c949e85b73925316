//! The task instances that a new run begins with.

use std::{collections::HashMap, sync::Arc};

use updraft_core::{
    RunId, UtcDateTime,
    dag::Dag,
    planner::{DagEntry, Limits, NewInstance, Observation, Run, RunKey, Settings, Snapshot, plan},
    state::{DagRunState, DagRunType},
};

/// What the planner would add to a run that has none yet, as though its DAG was not paused. `None`
/// where Python must be asked first, for a custom weight rule: the scheduler does that.
pub(super) fn first_instances(
    dag: &Dag,
    run_id: &RunId,
    execution_date: UtcDateTime,
) -> Option<Vec<NewInstance>> {
    let key = RunKey {
        dag_id: dag.dag_id.clone(),
        run_id: run_id.clone(),
    };
    let mut snapshot = Snapshot::new(Settings::default());
    snapshot.observe(Observation::Dag(Box::new(DagEntry {
        dag_id: dag.dag_id.clone(),
        dag: Some(Arc::new(dag.clone())),
        is_paused: false,
        is_active: true,
        has_import_errors: false,
        next_dagrun: None,
        last_automated: None,
        custom_weights: HashMap::new(),
    })));
    snapshot.observe(Observation::Run(Box::new(Run {
        key: key.clone(),
        id: 0,
        state: DagRunState::Running,
        run_type: DagRunType::Manual,
        execution_date,
        data_interval: None,
        start_date: None,
        queued_at: None,
        last_scheduling_decision: None,
        dag_hash: None,
        external_trigger: true,
        instances: Vec::new(),
        skip_decisions: Vec::new(),
        previous: None,
    })));
    // At its own date, no run is of the future.
    let plan = plan(&snapshot, &Limits::default(), execution_date);
    plan.runs
        .into_iter()
        .find(|run| run.run == key)
        .map(|run| run.create_instances)
}

#[cfg(test)]
mod tests {
    use updraft_core::{
        dag::{Task, TaskGraph, WeightRule},
        timetable::Timetable,
    };

    use super::*;

    fn names(tasks: Vec<Task>) -> Option<Vec<String>> {
        let tasks = tasks.into_iter().map(|task| (task, Vec::new())).collect();
        let dag = Dag {
            dag_hash: "0".to_owned(),
            ..Dag::new("d", Timetable::Null, TaskGraph::new(tasks))
        };
        let instances = first_instances(&dag, &"r".into(), UtcDateTime::UNIX_EPOCH)?;
        Some(
            instances
                .into_iter()
                .map(|new| new.task_id.to_string())
                .collect(),
        )
    }

    #[test]
    fn one_a_task() {
        let tasks = vec![
            Task::new("a", "BashOperator"),
            Task::new("b", "EmptyOperator"),
        ];
        assert_eq!(names(tasks).unwrap(), ["a", "b"]);
    }

    #[test]
    fn a_rule_that_only_python_knows_leaves_them_to_the_scheduler() {
        let mut task = Task::new("a", "BashOperator");
        task.weight_rule = WeightRule::Custom("my.Rule".to_owned());
        assert_eq!(names(vec![task]), None);
    }
}
