//! Counts over a run's task instances that decide about its end.

use super::DagRules;
use crate::{dag::TaskIndex, state::TaskInstanceState};

/// How many unfinished task instances a run has, by what they mean for it. Instances of tasks that
/// are gone from the definition are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) unfinished: u32,
    /// Unfinished and on their way: scheduled, queued, running, restarting or deferred.
    pub(crate) active: u32,
    /// Unfinished ones whose task keeps a run from being called deadlocked.
    pub(crate) exempt: u32,
    /// Unfinished ones of tasks that Updraft leaves alone.
    pub(crate) unsupported: u32,
}

impl Tally {
    pub(crate) fn add(&mut self, rules: &DagRules, task: TaskIndex, state: TaskInstanceState) {
        self.change(rules, task, state, 1);
    }

    pub(crate) fn subtract(&mut self, rules: &DagRules, task: TaskIndex, state: TaskInstanceState) {
        self.change(rules, task, state, -1);
    }

    fn change(&mut self, rules: &DagRules, task: TaskIndex, state: TaskInstanceState, sign: i32) {
        if state.is_finished() {
            return;
        }
        let rules = rules.of(task);
        let count = |counter: &mut u32, counts: bool| {
            if counts {
                *counter = counter.saturating_add_signed(sign);
            }
        };
        count(&mut self.unfinished, true);
        count(&mut self.active, !state.is_schedulable());
        count(&mut self.exempt, rules.exempt_from_deadlock);
        count(&mut self.unsupported, rules.unsupported.is_some());
    }
}
