//! A run as it will be after the changes that the plan in the making holds already.

use std::collections::{BTreeSet, HashMap};

use super::{
    dependencies::UpstreamStates,
    facts::TaskInstance,
    snapshot::{ActiveRun, DagRules, Tally},
};
use crate::{MapIndex, dag::TaskIndex, state::TaskInstanceState};

/// Planned states over a run of the snapshot, which stays as it is. Costs what is changed.
pub(super) struct Scratch<'s> {
    pub(super) run: &'s ActiveRun,
    pub(super) rules: &'s DagRules,
    pub(super) tally: Tally,
    states: HashMap<(TaskIndex, MapIndex), TaskInstanceState>,
    upstream: HashMap<TaskIndex, UpstreamStates>,
    touched: BTreeSet<TaskIndex>,
}

impl<'s> Scratch<'s> {
    pub(super) fn new(run: &'s ActiveRun, rules: &'s DagRules) -> Self {
        Self {
            run,
            rules,
            tally: run.tally,
            states: HashMap::new(),
            upstream: HashMap::new(),
            touched: BTreeSet::new(),
        }
    }

    pub(super) fn state(&self, task: TaskIndex, instance: &TaskInstance) -> TaskInstanceState {
        let planned = self.states.get(&(task, instance.map_index));
        planned.copied().unwrap_or(instance.state)
    }

    /// The planned states of a task's instances.
    pub(super) fn states(&self, task: TaskIndex) -> impl Iterator<Item = TaskInstanceState> {
        let instances = self.run.instances_of(task);
        instances.iter().map(move |i| self.state(task, i))
    }

    pub(super) fn upstream(&self, task: TaskIndex) -> UpstreamStates {
        let planned = self.upstream.get(&task).copied();
        planned.unwrap_or_else(|| self.run.upstream(task))
    }

    /// Plans a state, with all that follows from it for counters. Tasks that may now be decided
    /// differently are touched.
    pub(super) fn set(&mut self, task: TaskIndex, instance: &TaskInstance, new: TaskInstanceState) {
        let old = self.state(task, instance);
        self.states.insert((task, instance.map_index), new);
        self.tally.subtract(self.rules, task, old);
        self.tally.add(self.rules, task, new);
        if !old.is_finished() && !new.is_finished() {
            return;
        }
        for &downstream in self.rules.graph().downstream(task) {
            let run = self.run;
            let states = self
                .upstream
                .entry(downstream)
                .or_insert_with(|| run.upstream(downstream));
            states.subtract(old);
            states.add(new);
            self.touched.insert(downstream);
        }
        self.touched.extend(&self.rules.of(task).guarded);
    }

    /// The tasks touched since the last call.
    pub(super) fn take_touched(&mut self) -> BTreeSet<TaskIndex> {
        std::mem::take(&mut self.touched)
    }
}
