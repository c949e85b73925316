//! Counters that replace looking at every upstream task.

use crate::state::TaskInstanceState;

/// How many upstream task instances are in each finished state, and how many there are at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UpstreamStates {
    pub(crate) success: u32,
    pub(crate) skipped: u32,
    pub(crate) failed: u32,
    pub(crate) upstream_failed: u32,
    pub(crate) removed: u32,
    /// Rows in any state, finished or not.
    pub(crate) instances: u32,
}

impl UpstreamStates {
    pub(crate) fn done(&self) -> u32 {
        self.success + self.skipped + self.failed + self.upstream_failed + self.removed
    }

    /// A row came into being in that state.
    pub(crate) fn add(&mut self, state: TaskInstanceState) {
        self.instances += 1;
        if let Some(counter) = self.counter(state) {
            *counter += 1;
        }
    }

    /// A row in that state ceased to be.
    pub(crate) fn subtract(&mut self, state: TaskInstanceState) {
        self.instances = self.instances.saturating_sub(1);
        if let Some(counter) = self.counter(state) {
            *counter = counter.saturating_sub(1);
        }
    }

    fn counter(&mut self, state: TaskInstanceState) -> Option<&mut u32> {
        match state {
            TaskInstanceState::Success => Some(&mut self.success),
            TaskInstanceState::Skipped => Some(&mut self.skipped),
            TaskInstanceState::Failed => Some(&mut self.failed),
            TaskInstanceState::UpstreamFailed => Some(&mut self.upstream_failed),
            TaskInstanceState::Removed => Some(&mut self.removed),
            _ => None,
        }
    }
}

impl FromIterator<TaskInstanceState> for UpstreamStates {
    fn from_iter<I: IntoIterator<Item = TaskInstanceState>>(states: I) -> Self {
        let mut counts = Self::default();
        for state in states {
            counts.add(state);
        }
        counts
    }
}
