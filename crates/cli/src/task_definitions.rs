//! What a DAG's tasks say today, for instances that are cleared.

use updraft_core::{dag::Dag, priority::priority_weights};
use updraft_metadata_db::task_instance::TaskDefinition;

pub(crate) fn task_definitions(dag: &Dag) -> Vec<TaskDefinition> {
    let weights = priority_weights(&dag.tasks);
    dag.tasks
        .iter()
        .map(|(index, task)| TaskDefinition {
            dag_id: dag.dag_id.to_string(),
            task_id: task.task_id.to_string(),
            retries: i32::try_from(task.retry.retries).unwrap_or(i32::MAX),
            pool: task.pool.clone(),
            pool_slots: i32::try_from(task.pool_slots).unwrap_or(i32::MAX),
            priority_weight: weights.get(index.get()).copied().flatten(),
            queue: task.queue.clone(),
            executor: task.executor.clone(),
            executor_config: task.executor_config.clone(),
            operator: task.task_type.clone(),
        })
        .collect()
}
