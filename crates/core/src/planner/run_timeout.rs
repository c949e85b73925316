//! `dagrun_timeout`.

use super::{
    plan::{Change, FinishReason, RunFinish, RunPlan, TaskChange},
    snapshot::{ActiveRun, DagRules, timeout_of},
};
use crate::{
    UtcDateTime,
    state::{DagRunState, TaskInstanceState},
};

/// The end of a run that has been running for too long. Its unfinished task instances are skipped,
/// running ones too: their supervisors find the foreign state and end them. Those in state none
/// stay so, because Airflow's query for unfinished states does not find NULL.
pub(super) fn time_out(run: &ActiveRun, rules: &DagRules, now: UtcDateTime) -> Option<RunPlan> {
    timeout_of(run).filter(|at| *at <= now)?;
    let mut plan = RunPlan::new(run.row.key.clone());
    plan.changes = run
        .instances()
        .map(|(task, instance)| (&rules.task(task).task_id, instance))
        .chain(
            run.loose
                .iter()
                .map(|(task_id, instance)| (task_id, instance)),
        )
        .filter(|(_, instance)| {
            !instance.state.is_finished() && instance.state != TaskInstanceState::NoStatus
        })
        .map(|(task_id, instance)| TaskChange::of(task_id, instance, Change::SkipTimedOut))
        .collect();
    plan.finish = Some(RunFinish {
        state: DagRunState::Failed,
        reason: FinishReason::TimedOut,
        failures_to_pause: None,
    });
    Some(plan)
}
