//! The decisions of branching tasks, arranged by the tasks that they skip.

use std::collections::{BTreeSet, HashMap};

use super::DagRules;
use crate::{MapIndex, TaskId, dag::TaskIndex, planner::facts::SkipDecision};

/// Which tasks are to be skipped because of which finished branch. A decision only touches task
/// instances of the same map index.
#[derive(Clone, Debug, Default)]
pub(crate) struct SkipIndex {
    decisions: HashMap<(TaskId, MapIndex), SkipDecision>,
    by_skipped: HashMap<(TaskIndex, MapIndex), BTreeSet<TaskIndex>>,
}

impl SkipIndex {
    pub(super) fn new(decisions: Vec<(TaskId, MapIndex, SkipDecision)>) -> Self {
        Self {
            decisions: decisions
                .into_iter()
                .map(|(task_id, map_index, decision)| ((task_id, map_index), decision))
                .collect(),
            by_skipped: HashMap::new(),
        }
    }

    /// Builds the index for another definition.
    pub(super) fn arrange(&mut self, rules: Option<&DagRules>) {
        self.by_skipped.clear();
        let Some(rules) = rules else { return };
        for (key, decision) in &self.decisions {
            for (task, by) in skipped(rules, key, decision) {
                let deciders = self.by_skipped.entry((task, key.1)).or_default();
                deciders.insert(by);
            }
        }
    }

    pub(super) fn insert(
        &mut self,
        key: (TaskId, MapIndex),
        decision: SkipDecision,
        rules: Option<&DagRules>,
    ) {
        self.forget(&key, rules);
        if let Some(rules) = rules {
            for (task, by) in skipped(rules, &key, &decision) {
                let deciders = self.by_skipped.entry((task, key.1)).or_default();
                deciders.insert(by);
            }
        }
        self.decisions.insert(key, decision);
    }

    pub(super) fn forget(&mut self, key: &(TaskId, MapIndex), rules: Option<&DagRules>) {
        let Some(decision) = self.decisions.remove(key) else {
            return;
        };
        for (task, by) in rules
            .into_iter()
            .flat_map(|rules| skipped(rules, key, &decision))
        {
            if let Some(deciders) = self.by_skipped.get_mut(&(task, key.1)) {
                deciders.remove(&by);
            }
        }
    }

    /// The branches that decided against this task instance.
    pub(crate) fn deciders(
        &self,
        task: TaskIndex,
        map_index: MapIndex,
    ) -> impl Iterator<Item = TaskIndex> {
        let deciders = self.by_skipped.get(&(task, map_index));
        deciders.into_iter().flatten().copied()
    }
}

/// The tasks that a decision skips, each with the task that decided.
fn skipped(
    rules: &DagRules,
    key: &(TaskId, MapIndex),
    decision: &SkipDecision,
) -> Vec<(TaskIndex, TaskIndex)> {
    let Some(by) = rules.index_of(&key.0) else {
        return Vec::new();
    };
    let downstream = rules.graph().downstream(by).iter().copied();
    downstream
        .filter(|&task| decision.skips(&rules.task(task).task_id))
        .map(|task| (task, by))
        .collect()
}
