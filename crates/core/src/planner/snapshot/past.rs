//! What a run knows of the run before it.

use std::collections::{HashMap, HashSet};

use crate::{
    MapIndex, RunId, TaskId, UtcDateTime,
    planner::{
        dependencies::PastFacts,
        facts::{PreviousRun, PreviousRuns},
    },
    state::TaskInstanceState,
};

/// [`PreviousRuns`], indexed by task.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    run: Option<(RunId, UtcDateTime)>,
    states: HashMap<TaskId, Vec<(MapIndex, TaskInstanceState)>>,
    seen: HashSet<TaskId>,
}

impl Past {
    pub(super) fn new(previous: PreviousRuns) -> Self {
        let mut past = Self {
            seen: previous.tasks_seen,
            ..Self::default()
        };
        if let Some(run) = previous.run {
            past.replace_run(run);
        }
        past
    }

    /// Another run has taken the place right before.
    pub(super) fn replace_run(&mut self, run: PreviousRun) {
        self.run = Some((run.run_id, run.execution_date));
        self.states.clear();
        for (task_id, map_index, state) in run.instances {
            self.seen.insert(task_id.clone());
            self.states
                .entry(task_id)
                .or_default()
                .push((map_index, state));
        }
    }

    pub(super) fn is_run(&self, run_id: &RunId) -> bool {
        self.run.as_ref().is_some_and(|(id, _)| id == run_id)
    }

    /// A task instance of the previous run has another state.
    pub(super) fn set(&mut self, task_id: &TaskId, map_index: MapIndex, state: TaskInstanceState) {
        let states = self.states.entry(task_id.clone()).or_default();
        match states.iter_mut().find(|(index, _)| *index == map_index) {
            Some((_, known)) => *known = state,
            None => states.push((map_index, state)),
        }
    }
}

impl PastFacts for Past {
    fn execution_date(&self) -> Option<UtcDateTime> {
        self.run.as_ref().map(|(_, date)| *date)
    }

    fn states(&self, task_id: &TaskId) -> impl Iterator<Item = TaskInstanceState> {
        self.states
            .get(task_id)
            .into_iter()
            .flatten()
            .map(|(_, state)| *state)
    }

    fn seen(&self, task_id: &TaskId) -> bool {
        self.seen.contains(task_id)
    }
}
