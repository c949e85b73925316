//! News about task instances.

use super::{RunSlot, Snapshot};
use crate::{
    MapIndex, TaskId,
    dag::TaskIndex,
    planner::facts::{RunKey, SkipDecision, TaskInstance},
    state::TaskInstanceState,
};

impl Snapshot {
    pub(super) fn observe_task_instance(
        &mut self,
        key: &RunKey,
        task_id: &TaskId,
        instance: TaskInstance,
    ) {
        let Some(slot) = self.runs.find(key) else {
            return;
        };
        let (map_index, state) = (instance.map_index, instance.state);
        let Some(run) = self.runs.get_mut(slot) else {
            return;
        };
        let task = run.rules.as_ref().and_then(|rules| rules.index_of(task_id));
        let new = instance.clone();
        let old = run.set_instance(task_id, instance);
        if let Some(old) = &old {
            self.indexes
                .remove(&self.settings, slot, run, task_id, task, old);
        }
        self.indexes
            .add(&self.settings, slot, run, task_id, task, &new);
        self.dirty_runs.insert(slot);
        if old.is_none_or(|old| old.state != state) {
            self.tell_later_runs(slot, task_id, map_index, state);
        }
    }

    pub(super) fn observe_skip_decision(
        &mut self,
        key: &RunKey,
        task_id: TaskId,
        map_index: MapIndex,
        decision: SkipDecision,
    ) {
        let Some(slot) = self.runs.find(key) else {
            return;
        };
        let Some(run) = self.runs.get_mut(slot) else {
            return;
        };
        let rules = run.rules.clone();
        if let Some(rules) = &rules
            && let Some(task) = rules.index_of(&task_id)
        {
            run.dirty.tasks.extend(rules.graph().downstream(task));
        }
        run.skips
            .insert((task_id, map_index), decision, rules.as_deref());
        self.dirty_runs.insert(slot);
    }

    pub(super) fn observe_dependencies(
        &mut self,
        key: &RunKey,
        task_id: TaskId,
        map_index: MapIndex,
        met: bool,
    ) {
        let Some(slot) = self.runs.find(key) else {
            return;
        };
        let Some(run) = self.runs.get_mut(slot) else {
            return;
        };
        let task = run
            .rules
            .as_ref()
            .and_then(|rules| rules.index_of(&task_id));
        run.dirty.tasks.extend(task);
        run.answers.insert((task_id, map_index), met);
        self.dirty_runs.insert(slot);
    }

    pub(super) fn observe_cannot_queue(
        &mut self,
        key: &RunKey,
        task_id: &TaskId,
        map_index: MapIndex,
    ) {
        let Some(slot) = self.runs.find(key) else {
            return;
        };
        let Some(run) = self.runs.get_mut(slot) else {
            return;
        };
        let task = run.rules.as_ref().and_then(|rules| rules.index_of(task_id));
        let Some(task) = task else {
            return;
        };
        if let Some(instance) = run.instance(task, map_index) {
            self.indexes.leave_queue(slot, run, task, instance);
        }
        run.held_back.insert((task, map_index));
    }

    /// Keeps what later runs know of this one current, where their tasks depend on it.
    fn tell_later_runs(
        &mut self,
        slot: RunSlot,
        task_id: &TaskId,
        map_index: MapIndex,
        state: TaskInstanceState,
    ) {
        let Some(run) = self.runs.get(slot) else {
            return;
        };
        let Some(rules) = run.rules.clone().filter(|rules| rules.needs_previous) else {
            return;
        };
        let run_id = run.row.key.run_id.clone();
        let dag_id = run.row.key.dag_id.clone();
        let affected: Vec<TaskIndex> = rules
            .index_of(task_id)
            .into_iter()
            .flat_map(|task| {
                let waiting = rules.graph().upstream(task).iter().copied();
                waiting
                    .filter(|&up| rules.task(up).wait_for_downstream)
                    .chain([task])
            })
            .collect();
        for later in self.slots_of(&dag_id) {
            let Some(run) = self.runs.get_mut(later) else {
                continue;
            };
            let past = run.past.as_mut().filter(|past| past.is_run(&run_id));
            if let Some(past) = past {
                past.set(task_id, map_index, state);
                run.dirty.tasks.extend(&affected);
                self.dirty_runs.insert(later);
            }
        }
    }
}
