//! Task ids that are not there.

use updraft_core::dag::{Dag, Task};

use crate::{failure::Failure, suggest::nearest};

/// The task, or who may have been meant.
pub(crate) fn require_task<'a>(dag: &'a Dag, task_id: &str) -> Result<&'a Task, Failure> {
    if let Some(index) = dag.tasks.index_of(task_id) {
        return Ok(dag.tasks.task(index));
    }
    let tasks = dag.tasks.iter();
    let names: Vec<&str> = tasks.map(|(_, task)| task.task_id.as_str()).collect();
    let meant = nearest(task_id, names.iter().copied());
    let meant = meant.map(|meant| format!("did you mean {meant}? "));
    Err(
        Failure::new(format!("Task {task_id} not found")).with_hint(format!(
            "{}the tasks of {} are: {}",
            meant.unwrap_or_default(),
            dag.dag_id,
            names.join(", ")
        )),
    )
}
