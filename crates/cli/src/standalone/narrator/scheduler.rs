//! What the scheduler does.

use jiff::SignedDuration;
use updraft_core::{
    planner::{FinishReason, Notice, RunKey},
    state::DagRunState,
};
use updraft_scheduler::Event;

use super::Narrator;
use crate::{headline::one_line, paint::Mark};

impl Narrator {
    pub(super) fn scheduler(&self, event: Event) {
        match event {
            Event::Ready { .. } => {
                self.line(Mark::Note, "ready", "the scheduler is at work");
            }
            Event::RunStarted { run } => {
                let text = format!("{}  {}", run.dag_id, run.run_id);
                self.line(Mark::Begun, "run", &text);
            }
            Event::RunFinished {
                run,
                state,
                reason,
                duration,
            } => self.run_finished(&run, state, reason, duration),
            Event::TaskFinished {
                key,
                try_number,
                state,
                duration,
                reason,
            } => {
                let nth = Some(format!(", try {try_number}")).filter(|_| try_number > 1);
                let reason = reason.map(|reason| format!(": {}", one_line(&reason)));
                let text = format!(
                    "{key}  {state}{}{}{}",
                    nth.unwrap_or_default(),
                    time_taken(", ", duration),
                    reason.unwrap_or_default(),
                );
                self.line(Mark::of(state), "task", &text);
            }
            Event::DagPaused {
                dag_id,
                failed_runs,
            } => {
                let text = format!("{dag_id} is paused: its last {failed_runs} runs failed");
                self.line(Mark::Bad, "dag", &text);
            }
            Event::DagUnreadable { dag_id, reason } => {
                let text = format!("{dag_id} cannot be scheduled: {reason}");
                self.line(Mark::Bad, "dag", &text);
            }
            Event::Notice(notice) => self.line(Mark::Bad, "note", &describe(&notice)),
            Event::DatabaseTrouble { reason } => {
                self.line(Mark::Bad, "database", &format!("{reason}; trying again"));
            }
            Event::TaskStarted { .. } | Event::Stopped => {}
        }
    }

    fn run_finished(
        &self,
        run: &RunKey,
        state: DagRunState,
        reason: Option<FinishReason>,
        duration: Option<SignedDuration>,
    ) {
        let mark = if state == DagRunState::Success {
            Mark::Good
        } else {
            Mark::Bad
        };
        let reason = reason
            .map(FinishReason::as_str)
            .filter(|reason| *reason != state.as_str())
            .map(|reason| format!(" ({reason})"))
            .unwrap_or_default();
        let text = format!(
            "{}  {}  {state}{}{reason}",
            run.dag_id,
            run.run_id,
            time_taken(" in ", duration)
        );
        self.line(mark, "run", &text);
    }
}

fn describe(notice: &Notice) -> String {
    match notice {
        Notice::Unsupported {
            run,
            task_id,
            feature,
        } => format!(
            "{}.{task_id} is left alone: Updraft has no {} yet",
            run.dag_id,
            feature.as_str()
        ),
        Notice::PoolMissing { pool } => {
            format!("tasks wait for the pool {pool}, which does not exist")
        }
        Notice::PoolTooSmall {
            dag_id,
            pool,
            pool_slots,
        } => format!("a task of {dag_id} wants {pool_slots} slots, more than the pool {pool} has"),
        Notice::ExecutorUnknown { dag_id, executor } => {
            format!("a task of {dag_id} wants the executor {executor}, which does not run here")
        }
    }
}

fn time_taken(before: &str, duration: Option<SignedDuration>) -> String {
    duration.map_or_else(String::new, |duration| {
        format!("{before}{:.2} s", duration.as_secs_f64())
    })
}
