//! From what is new in a run to all that follows from it.

use std::collections::BTreeSet;

use super::{
    decide::{Decision, decide},
    facts::TaskInstance,
    limits::Settings,
    plan::{Change, Feature, TaskChange},
    scratch::Scratch,
};
use crate::{
    MapIndex, TaskId, UtcDateTime,
    dag::{Task, TaskIndex},
    state::TaskInstanceState,
};

/// A task instance whose dependencies are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ready {
    pub(super) task: TaskIndex,
    pub(super) map_index: MapIndex,
}

/// What follows in one run.
#[derive(Debug, Default)]
pub(super) struct Cascade {
    pub(super) changes: Vec<TaskChange>,
    pub(super) ready: Vec<Ready>,
    pub(super) asks: Vec<(TaskId, MapIndex)>,
    pub(super) unsupported: Vec<(TaskId, Feature)>,
    pub(super) missing_past: bool,
}

/// Decides about `tasks`, then about all that their changes touch, until nothing changes any more.
///
/// It goes level by level: decisions of one level only see the states before it. This is what
/// Airflow arrives at with one pass of its loop for each level, also where two paths of different
/// length would give a task different states. `EmptyOperator`s succeed as part of their level.
///
/// In a paused DAG nothing is scheduled, yet skips and failures spread, so that its runs can end.
pub(super) fn cascade(
    scratch: &mut Scratch<'_>,
    settings: &Settings,
    tasks: BTreeSet<TaskIndex>,
    paused: bool,
    now: UtcDateTime,
) -> Cascade {
    let mut cascade = Cascade::default();
    let mut level = tasks;
    while !level.is_empty() {
        let decided = decide_level(scratch, settings, &level, now);
        for (task, instance, decision) in decided {
            let change = match decision {
                Decision::Wait => continue,
                Decision::End(state) => end_with(state),
                Decision::Ask => {
                    let task_id = scratch.rules.task(task).task_id.clone();
                    cascade.asks.push((task_id, instance.map_index));
                    continue;
                }
                Decision::MissingPast => {
                    cascade.missing_past = true;
                    continue;
                }
                Decision::Ready if paused => continue,
                Decision::Ready => match ready(scratch, task, instance, &mut cascade) {
                    Some(change) => change,
                    None => continue,
                },
            };
            scratch.set(task, instance, change.state());
            let task_id = &scratch.rules.task(task).task_id;
            cascade
                .changes
                .push(TaskChange::of(task_id, instance, change));
        }
        level = scratch.take_touched();
    }
    cascade.ready.sort_unstable();
    cascade
}

fn decide_level<'s>(
    scratch: &Scratch<'s>,
    settings: &Settings,
    level: &BTreeSet<TaskIndex>,
    now: UtcDateTime,
) -> Vec<(TaskIndex, &'s TaskInstance, Decision)> {
    let run = scratch.run;
    let instances = level
        .iter()
        .flat_map(|&task| run.instances_of(task).iter().map(move |i| (task, i)));
    instances
        .filter(|(task, instance)| scratch.state(*task, instance).is_schedulable())
        .map(|(task, instance)| {
            let decision = decide(scratch, settings, task, instance, Some(now));
            (task, instance, decision)
        })
        .collect()
}

/// Handles a task instance that may be scheduled; the change, where it ends at once.
fn ready(
    scratch: &mut Scratch<'_>,
    task: TaskIndex,
    instance: &TaskInstance,
    cascade: &mut Cascade,
) -> Option<Change> {
    let definition = scratch.rules.task(task);
    if let Some(feature) = scratch.rules.of(task).unsupported {
        let task_id = definition.task_id.clone();
        cascade.unsupported.push((task_id, feature));
        return None;
    }
    if ends_without_running(definition) {
        let try_number = instance.try_number + 1;
        return Some(Change::SucceedEmpty { try_number });
    }
    scratch.set(task, instance, TaskInstanceState::Scheduled);
    cascade.ready.push(Ready {
        task,
        map_index: instance.map_index,
    });
    None
}

/// An `EmptyOperator` with nothing attached to it needs no process.
fn ends_without_running(task: &Task) -> bool {
    task.is_empty
        && !task.has_on_execute_callback
        && !task.has_on_success_callback
        && !task.has_outlets
}

fn end_with(state: TaskInstanceState) -> Change {
    match state {
        TaskInstanceState::UpstreamFailed => Change::FailUpstream,
        TaskInstanceState::Removed => Change::Remove,
        _ => Change::Skip,
    }
}

/// The try number with which a task instance is scheduled. A sensor that comes back from
/// rescheduling is still in the same try.
pub(super) fn scheduled_try(instance: &TaskInstance) -> i32 {
    match instance.state {
        TaskInstanceState::UpForReschedule | TaskInstanceState::Scheduled => instance.try_number,
        _ => instance.try_number + 1,
    }
}

impl TaskChange {
    pub(super) fn of(task_id: &TaskId, instance: &TaskInstance, change: Change) -> Self {
        Self {
            task_id: task_id.clone(),
            map_index: instance.map_index,
            from: instance.state,
            try_number: instance.try_number,
            change,
        }
    }
}
