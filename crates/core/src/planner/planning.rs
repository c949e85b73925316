//! The whole of a plan.

use std::collections::HashSet;

use super::{
    cascade::Ready,
    create_runs::{create_runs, next_dagruns},
    examine::examine,
    limits::Limits,
    plan::{Change, Plan, RunPlan, TaskChange},
    queueing::{enqueue, queue_task, select},
    snapshot::{ReadyQueue, RunSlot, Snapshot},
    start_runs::start_runs,
};
use crate::{MapIndex, UtcDateTime, dag::TaskIndex};

/// Decides everything that can be decided now.
///
/// What follows from the plan's own entries beyond a run's cascade (a run that starts, a run that
/// was brought in line with its DAG) is left to the next plan: plan again right after applying,
/// until [`Plan::is_idle`].
pub fn plan(snapshot: &Snapshot, limits: &Limits, now: UtcDateTime) -> Plan {
    let mut plan = Plan::idle(now);
    create_runs(snapshot, limits, now, &mut plan);
    next_dagruns(snapshot, now, &mut plan);
    start_runs(snapshot, now, &mut plan);
    let examined = plan_runs(snapshot, now, &mut plan);
    queue_tasks(snapshot, limits, examined, &mut plan);
    plan.wake_at = snapshot.wake_at(now);
    plan
}

/// A run that was looked at, with what became ready in it.
struct Planned {
    slot: RunSlot,
    plan: Option<RunPlan>,
    ready: Vec<Ready>,
}

fn plan_runs(snapshot: &Snapshot, now: UtcDateTime, plan: &mut Plan) -> Vec<Planned> {
    let mut planned = Vec::new();
    for (slot, dirty) in snapshot.work(now) {
        let Some(examined) = examine(snapshot, slot, dirty, now) else {
            continue;
        };
        plan.evaluate.extend(examined.evaluate);
        plan.notices.extend(examined.notices);
        if examined.reload
            && let Some(run) = snapshot.active_run(slot)
        {
            plan.reload.push(run.row.key.clone());
        }
        planned.push(Planned {
            slot,
            plan: examined.plan,
            ready: examined.ready,
        });
    }
    planned
}

/// Gives out the slots. What became ready but gets none becomes scheduled, which keeps its place
/// visible to people and to other schedulers.
fn queue_tasks(snapshot: &Snapshot, limits: &Limits, planned: Vec<Planned>, plan: &mut Plan) {
    let mut fresh = ReadyQueue::default();
    for run in &planned {
        enqueue(snapshot, run.slot, &run.ready, &mut fresh);
    }
    let selection = select(snapshot, limits, &fresh);
    let taken: HashSet<(RunSlot, TaskIndex, MapIndex)> = selection
        .taken
        .iter()
        .map(|place| (place.run, place.task, place.map_index))
        .collect();
    for run in planned {
        let left = run
            .ready
            .iter()
            .filter(|ready| !taken.contains(&(run.slot, ready.task, ready.map_index)))
            .filter_map(|ready| schedule(snapshot, run.slot, *ready));
        let mut run_plan = run.plan;
        for change in left {
            let Some(active) = snapshot.active_run(run.slot) else {
                continue;
            };
            run_plan
                .get_or_insert_with(|| RunPlan::new(active.row.key.clone()))
                .changes
                .push(change);
        }
        plan.runs.extend(run_plan);
    }
    let queued = selection.taken.into_iter();
    plan.queue = queued
        .filter_map(|place| queue_task(snapshot, place))
        .collect();
    plan.notices.extend(selection.notices);
}

fn schedule(snapshot: &Snapshot, slot: RunSlot, ready: Ready) -> Option<TaskChange> {
    let run = snapshot.active_run(slot)?;
    let instance = run.instance(ready.task, ready.map_index)?;
    let task_id = &run.rules.as_ref()?.task(ready.task).task_id;
    let try_number = super::cascade::scheduled_try(instance);
    Some(TaskChange::of(
        task_id,
        instance,
        Change::Schedule { try_number },
    ))
}
