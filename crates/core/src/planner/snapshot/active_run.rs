//! One queued or running DAG run with its counters.

use std::{
    collections::{BTreeSet, HashMap},
    mem,
    sync::Arc,
};

use super::{DagRules, Past, SkipIndex, Tally};
use crate::{
    MapIndex, TaskId,
    dag::TaskIndex,
    planner::{
        dependencies::UpstreamStates,
        facts::{PreviousRun, Run, TaskInstance},
    },
    state::{DagRunState, DagRunType, TaskInstanceState},
};

/// What of a run must be looked at again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dirty {
    pub(crate) all: bool,
    pub(crate) tasks: BTreeSet<TaskIndex>,
}

/// A run, its task instances arranged by the definition's tasks.
#[derive(Clone, Debug)]
pub(crate) struct ActiveRun {
    /// The row; the lists in it are empty, their content is in the other fields.
    pub(crate) row: Run,
    pub(crate) rules: Option<Arc<DagRules>>,
    /// Instances of each task, by map index. Empty without a definition.
    tasks: Vec<Vec<TaskInstance>>,
    /// Instances of tasks that the definition does not have.
    pub(crate) loose: Vec<(TaskId, TaskInstance)>,
    upstream: Vec<UpstreamStates>,
    pub(crate) tally: Tally,
    /// Instances in `up_for_retry` and `up_for_reschedule`.
    pub(crate) waiting: BTreeSet<(TaskIndex, MapIndex)>,
    /// Running and queued instances of each task.
    occupied: HashMap<TaskIndex, u32>,
    pub(crate) skips: SkipIndex,
    /// Python's answers on custom dependencies.
    pub(crate) answers: HashMap<(TaskId, MapIndex), bool>,
    pub(crate) past: Option<Past>,
    /// Task instances that cannot be queued, whatever their state.
    pub(super) held_back: BTreeSet<(TaskIndex, MapIndex)>,
    pub(crate) dirty: Dirty,
}

impl ActiveRun {
    pub(super) fn new(mut row: Run, rules: Option<Arc<DagRules>>) -> Self {
        let instances = mem::take(&mut row.instances);
        let decisions = mem::take(&mut row.skip_decisions);
        let past = row.previous.take().map(Past::new);
        let mut run = Self {
            row,
            rules: None,
            tasks: Vec::new(),
            loose: instances,
            upstream: Vec::new(),
            tally: Tally::default(),
            waiting: BTreeSet::new(),
            occupied: HashMap::new(),
            skips: SkipIndex::new(decisions),
            answers: HashMap::new(),
            past,
            held_back: BTreeSet::new(),
            dirty: Dirty::default(),
        };
        run.set_rules(rules);
        run
    }

    /// Arranges everything anew by another version of the definition.
    pub(super) fn set_rules(&mut self, rules: Option<Arc<DagRules>>) {
        let mut instances = mem::take(&mut self.loose);
        if let Some(old) = self.rules.take() {
            for ((_, task), of_task) in old.graph().iter().zip(mem::take(&mut self.tasks)) {
                instances.extend(of_task.into_iter().map(|i| (task.task_id.clone(), i)));
            }
        }
        let count = rules.as_ref().map_or(0, |rules| rules.graph().len());
        self.tasks = vec![Vec::new(); count];
        self.upstream = vec![UpstreamStates::default(); count];
        self.tally = Tally::default();
        self.waiting.clear();
        self.held_back.clear();
        self.occupied.clear();
        self.skips.arrange(rules.as_deref());
        if !rules.as_ref().is_some_and(|rules| rules.needs_previous) {
            // From here on nobody keeps it current; if it is needed again, it is read again.
            self.past = None;
        }
        self.rules = rules;
        for (task_id, instance) in instances {
            self.set_instance(&task_id, instance);
        }
        self.dirty = Dirty {
            all: true,
            tasks: BTreeSet::new(),
        };
    }

    /// Whether the planner decides about the run's tasks.
    pub(crate) fn is_plannable(&self) -> bool {
        self.row.state == DagRunState::Running && self.row.run_type != DagRunType::Backfill
    }

    pub(crate) fn instances_of(&self, task: TaskIndex) -> &[TaskInstance] {
        self.tasks.get(task.get()).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn instance(&self, task: TaskIndex, map_index: MapIndex) -> Option<&TaskInstance> {
        self.instances_of(task)
            .iter()
            .find(|instance| instance.map_index == map_index)
    }

    /// Every instance of a task that the definition has.
    pub(crate) fn instances(&self) -> impl Iterator<Item = (TaskIndex, &TaskInstance)> {
        let rules = self.rules.iter();
        rules
            .flat_map(|rules| rules.graph().iter())
            .flat_map(|(index, _)| {
                self.instances_of(index)
                    .iter()
                    .map(move |instance| (index, instance))
            })
    }

    pub(crate) fn upstream(&self, task: TaskIndex) -> UpstreamStates {
        self.upstream.get(task.get()).copied().unwrap_or_default()
    }

    pub(crate) fn occupied(&self, task: TaskIndex) -> u32 {
        self.occupied.get(&task).copied().unwrap_or(0)
    }

    /// The run as one that comes after it sees it.
    pub(super) fn as_previous(&self) -> PreviousRun {
        let of_tasks = self.instances().filter_map(|(task, instance)| {
            let task_id = self.rules.as_ref()?.task(task).task_id.clone();
            Some((task_id, instance.map_index, instance.state))
        });
        let loose = self
            .loose
            .iter()
            .map(|(task_id, instance)| (task_id.clone(), instance.map_index, instance.state));
        PreviousRun {
            run_id: self.row.key.run_id.clone(),
            execution_date: self.row.execution_date,
            instances: of_tasks.chain(loose).collect(),
        }
    }

    /// Stores a row's new content and gives back the old one.
    pub(super) fn set_instance(
        &mut self,
        task_id: &TaskId,
        instance: TaskInstance,
    ) -> Option<TaskInstance> {
        let Some(rules) = self.rules.clone() else {
            return self.set_loose(task_id, instance);
        };
        let Some(task) = rules.index_of(task_id) else {
            self.dirty.all = true;
            return self.set_loose(task_id, instance);
        };
        let key = (task_id.clone(), instance.map_index);
        let (map_index, new) = (instance.map_index, instance.state);
        let instances = &mut self.tasks[task.get()];
        let position = instances.iter().position(|i| i.map_index >= map_index);
        let old = match position {
            Some(at) if instances[at].map_index == map_index => {
                Some(mem::replace(&mut instances[at], instance))
            }
            Some(at) => {
                instances.insert(at, instance);
                None
            }
            None => {
                instances.push(instance);
                None
            }
        };
        let old_state = old.as_ref().map(|instance| instance.state);
        self.dirty.tasks.insert(task);
        if old_state != Some(new) {
            self.answers.remove(&key);
            self.count(&rules, task, map_index, old_state, new);
            if matches!(
                new,
                TaskInstanceState::NoStatus
                    | TaskInstanceState::Scheduled
                    | TaskInstanceState::Queued
            ) {
                // A new try drops the XComs of the one before when it starts.
                self.skips.forget(&key, Some(&rules));
            }
        }
        old
    }

    fn set_loose(&mut self, task_id: &TaskId, instance: TaskInstance) -> Option<TaskInstance> {
        let known = self
            .loose
            .iter_mut()
            .find(|(id, known)| id == task_id && known.map_index == instance.map_index);
        if let Some((_, known)) = known {
            return Some(mem::replace(known, instance));
        }
        self.loose.push((task_id.clone(), instance));
        None
    }

    /// Carries a change of state into every counter, and marks what depends on it.
    fn count(
        &mut self,
        rules: &DagRules,
        task: TaskIndex,
        map_index: MapIndex,
        old: Option<TaskInstanceState>,
        new: TaskInstanceState,
    ) {
        for &downstream in rules.graph().downstream(task) {
            let states = &mut self.upstream[downstream.get()];
            if let Some(old) = old {
                states.subtract(old);
            }
            states.add(new);
            self.dirty.tasks.insert(downstream);
        }
        self.dirty.tasks.extend(&rules.of(task).guarded);
        if let Some(old) = old {
            self.tally.subtract(rules, task, old);
        }
        self.tally.add(rules, task, new);
        let waits = |state| {
            matches!(
                state,
                TaskInstanceState::UpForRetry | TaskInstanceState::UpForReschedule
            )
        };
        if waits(new) {
            self.waiting.insert((task, map_index));
        } else {
            self.waiting.remove(&(task, map_index));
        }
        let occupied = self.occupied.entry(task).or_default();
        *occupied = occupied
            .saturating_add_signed(i32::from(new.occupies_slot()))
            .saturating_sub(u32::from(old.is_some_and(TaskInstanceState::occupies_slot)));
    }
}
