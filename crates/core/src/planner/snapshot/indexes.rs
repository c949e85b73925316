//! What is kept over all runs: slots taken, the queue of scheduled task instances, due times.

use std::{cmp::Reverse, collections::BTreeSet};

use super::{ActiveRun, BucketKey, Occupancy, Place, ReadyQueue, RunSlot};
use crate::{
    MapIndex, TaskId, UtcDateTime,
    dag::TaskIndex,
    planner::{dependencies::waits_until, facts::TaskInstance, limits::Settings},
    state::{DagRunState, DagRunType, TaskInstanceState},
};

/// Why a run must be looked at when a moment comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// The run's execution date is no longer in the future.
    Date(RunSlot),
    /// `dagrun_timeout` is over.
    Timeout(RunSlot),
    /// A retry delay or poke interval is over.
    Task(RunSlot, TaskIndex, MapIndex),
}

/// The indexes over all runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Indexes {
    pub(crate) occupancy: Occupancy,
    pub(crate) ready: ReadyQueue,
    pub(crate) due: BTreeSet<(UtcDateTime, Due)>,
}

impl Indexes {
    pub(super) fn add_run(&mut self, settings: &Settings, slot: RunSlot, run: &ActiveRun) {
        self.due.extend(run_due(settings, slot, run));
        for (task_id, task, instance) in all_instances(run) {
            self.add(settings, slot, run, task_id, task, instance);
        }
    }

    pub(super) fn remove_run(&mut self, settings: &Settings, slot: RunSlot, run: &ActiveRun) {
        for due in run_due(settings, slot, run) {
            self.due.remove(&due);
        }
        for (task_id, task, instance) in all_instances(run) {
            self.remove(settings, slot, run, task_id, task, instance);
        }
    }

    pub(super) fn add(
        &mut self,
        settings: &Settings,
        slot: RunSlot,
        run: &ActiveRun,
        task_id: &TaskId,
        task: Option<TaskIndex>,
        instance: &TaskInstance,
    ) {
        self.occupancy.add(&run.row.key.dag_id, task_id, instance);
        let Some(task) = task else { return };
        if let Some((key, place)) = place_of(slot, run, task, instance) {
            self.ready.insert(&instance.pool, key, place);
        }
        self.due
            .extend(instance_due(settings, slot, run, task, instance));
    }

    pub(super) fn remove(
        &mut self,
        settings: &Settings,
        slot: RunSlot,
        run: &ActiveRun,
        task_id: &TaskId,
        task: Option<TaskIndex>,
        instance: &TaskInstance,
    ) {
        self.occupancy
            .subtract(&run.row.key.dag_id, task_id, instance);
        let Some(task) = task else { return };
        self.leave_queue(slot, run, task, instance);
        if let Some(due) = instance_due(settings, slot, run, task, instance) {
            self.due.remove(&due);
        }
    }

    pub(super) fn leave_queue(
        &mut self,
        slot: RunSlot,
        run: &ActiveRun,
        task: TaskIndex,
        instance: &TaskInstance,
    ) {
        if let Some((key, place)) = place_of(slot, run, task, instance) {
            self.ready.remove(&instance.pool, &key, &place);
        }
    }
}

fn all_instances(
    run: &ActiveRun,
) -> impl Iterator<Item = (&TaskId, Option<TaskIndex>, &TaskInstance)> {
    let of_tasks = run.instances().filter_map(|(task, instance)| {
        let rules = run.rules.as_ref()?;
        Some((&rules.task(task).task_id, Some(task), instance))
    });
    let loose = run
        .loose
        .iter()
        .map(|(task_id, instance)| (task_id, None, instance));
    of_tasks.chain(loose)
}

fn run_due(
    settings: &Settings,
    slot: RunSlot,
    run: &ActiveRun,
) -> impl Iterator<Item = (UtcDateTime, Due)> + use<> {
    let planned = run.row.run_type != DagRunType::Backfill;
    let date = (planned && !settings.allow_trigger_in_future)
        .then_some((run.row.execution_date, Due::Date(slot)));
    let timeout = timeout_of(run).map(|at| (at, Due::Timeout(slot)));
    date.into_iter().chain(timeout)
}

/// When `dagrun_timeout` ends a running run.
pub(crate) fn timeout_of(run: &ActiveRun) -> Option<UtcDateTime> {
    let timeout = run.rules.as_ref()?.dag.dagrun_timeout?;
    if run.row.state != DagRunState::Running || !run.is_plannable() {
        return None;
    }
    Some(run.row.start_date?.saturating_add(timeout))
}

fn instance_due(
    settings: &Settings,
    slot: RunSlot,
    run: &ActiveRun,
    task: TaskIndex,
    instance: &TaskInstance,
) -> Option<(UtcDateTime, Due)> {
    if !run.is_plannable() {
        return None;
    }
    let definition = run.rules.as_ref()?.task(task);
    let until = waits_until(definition, instance, &run.row, settings)?;
    Some((until, Due::Task(slot, task, instance.map_index)))
}

/// Where a scheduled task instance stands in the queue. `None` for one that is not to be queued.
pub(crate) fn place_of(
    slot: RunSlot,
    run: &ActiveRun,
    task: TaskIndex,
    instance: &TaskInstance,
) -> Option<(BucketKey, Place)> {
    (instance.state == TaskInstanceState::Scheduled && run.is_plannable())
        .then(|| place_once_scheduled(slot, run, task, instance))
        .flatten()
}

/// Where a task instance will stand in the queue when it is scheduled.
pub(crate) fn place_once_scheduled(
    slot: RunSlot,
    run: &ActiveRun,
    task: TaskIndex,
    instance: &TaskInstance,
) -> Option<(BucketKey, Place)> {
    if run.held_back.contains(&(task, instance.map_index)) {
        return None;
    }
    let definition = run.rules.as_ref()?.task(task);
    let in_run = definition.max_active_tis_per_dagrun.is_some();
    let in_dag = definition.max_active_tis_per_dag.is_some();
    let key = BucketKey {
        dag_id: run.row.key.dag_id.clone(),
        pool_slots: instance.pool_slots,
        executor: instance.executor.clone(),
        task: (in_dag || in_run).then_some(task),
        run: in_run.then_some(slot),
    };
    let place = Place {
        priority_weight: Reverse(instance.priority_weight),
        execution_date: run.row.execution_date,
        map_index: instance.map_index,
        run_id: run.row.id,
        task,
        run: slot,
    };
    Some((key, place))
}
