//! Bringing a run's task instances in line with its DAG's definition.

use super::{
    facts::DagEntry,
    plan::{Change, NewInstance, RunPlan, TaskChange},
    snapshot::{ActiveRun, DagRules},
};
use crate::{MapIndex, TaskId, UtcDateTime, dag::TaskIndex, state::TaskInstanceState};

/// The custom weight rules that Python must be asked about first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MissingWeights(pub(super) Vec<TaskId>);

/// What a run lacks after its DAG changed: new tasks get task instances, tasks that are back are
/// restored. Those that are gone are removed by [`removals`], with or without a change.
pub(super) fn integrity(
    run: &ActiveRun,
    rules: &DagRules,
    entry: &DagEntry,
) -> Result<RunPlan, MissingWeights> {
    let mut plan = RunPlan::new(run.row.key.clone());
    let exists = |task: TaskIndex| !run.instances_of(task).is_empty();
    plan.create_instances = new_instances(rules, entry, run.row.execution_date, exists)?;
    plan.changes = run
        .instances()
        .filter(|(_, instance)| instance.state == TaskInstanceState::Removed)
        .map(|(task, instance)| {
            TaskChange::of(&rules.task(task).task_id, instance, Change::Restore)
        })
        .chain(removals(run))
        .collect();
    plan.dag_hash = Some(rules.dag.dag_hash.clone());
    Ok(plan)
}

/// Task instances of tasks that the definition does not have, finished or not.
pub(super) fn removals(run: &ActiveRun) -> impl Iterator<Item = TaskChange> {
    run.loose
        .iter()
        .filter(|(_, instance)| instance.state != TaskInstanceState::Removed)
        .map(|(task_id, instance)| TaskChange::of(task_id, instance, Change::Remove))
}

/// Rows for every task of the run's date that has none yet. A mapped task gets the one row that
/// stands for it until it is expanded.
pub(super) fn new_instances(
    rules: &DagRules,
    entry: &DagEntry,
    execution_date: UtcDateTime,
    exists: impl Fn(TaskIndex) -> bool,
) -> Result<Vec<NewInstance>, MissingWeights> {
    let mut unknown = Vec::new();
    let mut instances = Vec::new();
    for (index, task) in rules.graph().iter() {
        let starts = rules.start_date(task).is_none_or(|at| at <= execution_date);
        let ended = rules.end_date(task).is_some_and(|at| at < execution_date);
        if exists(index) || !starts || ended {
            continue;
        }
        let custom = || entry.custom_weights.get(&task.task_id).copied();
        let Some(priority_weight) = rules.weight(index).or_else(custom) else {
            unknown.push(task.task_id.clone());
            continue;
        };
        instances.push(NewInstance {
            task_id: task.task_id.clone(),
            map_index: MapIndex::UNMAPPED,
            max_tries: i32::try_from(task.retry.retries).unwrap_or(i32::MAX),
            pool: task.pool.clone(),
            pool_slots: i32::try_from(task.pool_slots).unwrap_or(i32::MAX),
            priority_weight,
            queue: task.queue.clone(),
            executor: task.executor.clone(),
            executor_config: task.executor_config.clone(),
            operator: task.task_type.clone(),
            task_display_name: task
                .task_display_name
                .clone()
                .unwrap_or_else(|| task.task_id.to_string()),
        });
    }
    if unknown.is_empty() {
        Ok(instances)
    } else {
        Err(MissingWeights(unknown))
    }
}
