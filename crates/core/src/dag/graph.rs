//! Tasks and the edges between them.

use std::collections::HashMap;

use super::Task;
use crate::TaskId;

/// Position of a task in its DAG, in order of definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskIndex(pub u32);

impl TaskIndex {
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

/// The tasks of one DAG with both directions of every edge. Edges to unknown tasks are dropped.
#[derive(Clone, Debug, Default)]
pub struct TaskGraph {
    tasks: Vec<Task>,
    upstream: Vec<Vec<TaskIndex>>,
    downstream: Vec<Vec<TaskIndex>>,
    by_id: HashMap<TaskId, TaskIndex>,
}

impl TaskGraph {
    /// Builds the graph from the tasks and, for each, the ids of its direct downstream tasks.
    pub fn new(tasks: Vec<(Task, Vec<TaskId>)>) -> Self {
        let index_of = |position: usize| TaskIndex(u32::try_from(position).unwrap_or(u32::MAX));
        let by_id: HashMap<TaskId, TaskIndex> = tasks
            .iter()
            .enumerate()
            .map(|(position, (task, _))| (task.task_id.clone(), index_of(position)))
            .collect();
        let mut upstream = vec![Vec::new(); tasks.len()];
        let mut downstream = vec![Vec::new(); tasks.len()];
        for (position, (_, downstream_ids)) in tasks.iter().enumerate() {
            for id in downstream_ids {
                if let Some(&target) = by_id.get(id) {
                    downstream[position].push(target);
                    upstream[target.get()].push(index_of(position));
                }
            }
        }
        let tasks = tasks.into_iter().map(|(task, _)| task).collect();
        Self {
            tasks,
            upstream,
            downstream,
            by_id,
        }
    }

    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    pub fn task(&self, index: TaskIndex) -> &Task {
        &self.tasks[index.get()]
    }

    pub fn get(&self, index: TaskIndex) -> Option<&Task> {
        self.tasks.get(index.get())
    }

    pub fn index_of(&self, task_id: &str) -> Option<TaskIndex> {
        self.by_id.get(task_id).copied()
    }

    pub fn upstream(&self, index: TaskIndex) -> &[TaskIndex] {
        &self.upstream[index.get()]
    }

    pub fn downstream(&self, index: TaskIndex) -> &[TaskIndex] {
        &self.downstream[index.get()]
    }

    /// Every task with its index, in order of definition.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (TaskIndex, &Task)> {
        self.tasks
            .iter()
            .enumerate()
            .map(|(position, task)| (TaskIndex(u32::try_from(position).unwrap_or(u32::MAX)), task))
    }
}
