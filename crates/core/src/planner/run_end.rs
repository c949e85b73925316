//! When a run is over, and how it ended.

use super::{
    decide::{Decision, decide},
    limits::Settings,
    plan::{Feature, FinishReason, RunFinish},
    scratch::Scratch,
};
use crate::state::{DagRunState, TaskInstanceState};

/// The end of the run, if it has come. Only for a run whose consequences were all drawn.
pub(super) fn run_end(scratch: &Scratch<'_>, settings: &Settings) -> Option<RunFinish> {
    if scratch.tally.unfinished > 0 {
        return is_deadlocked(scratch, settings).then(|| deadlock(scratch));
    }
    let leaves = || {
        scratch
            .rules
            .leaves
            .iter()
            .flat_map(|&leaf| scratch.states(leaf))
    };
    if leaves().any(TaskInstanceState::is_failed) {
        let limit = scratch.rules.dag.max_consecutive_failed_dag_runs;
        return Some(RunFinish {
            state: DagRunState::Failed,
            reason: FinishReason::TaskFailure,
            failures_to_pause: (limit > 0).then_some(limit),
        });
    }
    Some(RunFinish {
        state: DagRunState::Success,
        reason: FinishReason::Success,
        failures_to_pause: None,
    })
}

/// Whether the unfinished task instances can never be scheduled. Tasks that wait for something
/// outside of the run, such as the run before or a limit, may still be.
fn is_deadlocked(scratch: &Scratch<'_>, settings: &Settings) -> bool {
    let tally = scratch.tally;
    if tally.active > 0 || tally.exempt > 0 {
        return false;
    }
    let may_come = |task, instance| {
        let decision = decide(scratch, settings, task, instance, None);
        decision != Decision::Wait && scratch.rules.of(task).unsupported.is_none()
    };
    // Nearly always one that waits for its retry gives the answer.
    let waiting = scratch.run.waiting.iter().filter_map(|&(task, map_index)| {
        let instance = scratch.run.instance(task, map_index)?;
        Some((task, instance))
    });
    !waiting
        .chain(scratch.run.instances())
        .filter(|(task, instance)| scratch.state(*task, instance).is_schedulable())
        .any(|(task, instance)| may_come(task, instance))
}

fn deadlock(scratch: &Scratch<'_>) -> RunFinish {
    let unsupported = (scratch.tally.unsupported > 0)
        .then(|| first_unsupported(scratch))
        .flatten();
    RunFinish {
        state: DagRunState::Failed,
        reason: unsupported.map_or(FinishReason::AllTasksDeadlocked, FinishReason::Unsupported),
        failures_to_pause: None,
    }
}

fn first_unsupported(scratch: &Scratch<'_>) -> Option<Feature> {
    let mut unfinished = scratch
        .run
        .instances()
        .filter(|(task, instance)| !scratch.state(*task, instance).is_finished());
    unfinished.find_map(|(task, _)| scratch.rules.of(task).unsupported)
}
