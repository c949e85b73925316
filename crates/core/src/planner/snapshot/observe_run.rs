//! News about DAG runs.

use super::{ActiveRun, RunSlot, Snapshot};
use crate::{
    DagId,
    planner::{
        facts::{PreviousRun, Run, RunKey},
        observation::RunState,
    },
    state::{DagRunState, DagRunType},
};

impl Snapshot {
    pub(super) fn observe_run(&mut self, run: Run) {
        if run.state.is_finished() {
            return self.forget_run(&run.key);
        }
        self.forget_run(&run.key);
        self.note_automated(&run);
        let dag_id = run.key.dag_id.clone();
        let rules = self.dags.get(&dag_id).and_then(|state| state.rules.clone());
        let slot = self.runs.insert(ActiveRun::new(run, rules));
        self.attach(slot);
        self.dirty_runs.insert(slot);
        self.dirty_dags.insert(dag_id);
        self.become_past_of_later_runs(slot);
    }

    pub(super) fn observe_run_state(&mut self, news: RunState) {
        if news.state.is_finished() {
            return self.forget_run(&news.run);
        }
        let Some(slot) = self.runs.find(&news.run) else {
            return;
        };
        let Some(row) = self.runs.get(slot).map(|run| &run.row) else {
            return;
        };
        let same_place = row.state == news.state && row.start_date == news.start_date;
        if same_place && row.dag_hash == news.dag_hash && row.state == DagRunState::Running {
            // The common case, after every plan: no index depends on the rest.
            return self.set_run_state(slot, news);
        }
        self.detach(slot);
        self.set_run_state(slot, news);
        self.attach(slot);
        self.mark_all_of(slot);
    }

    fn set_run_state(&mut self, slot: RunSlot, news: RunState) {
        if let Some(run) = self.runs.get_mut(slot) {
            let row = &mut run.row;
            row.state = news.state;
            row.start_date = news.start_date;
            row.queued_at = news.queued_at;
            row.last_scheduling_decision = news.last_scheduling_decision;
            row.dag_hash = news.dag_hash;
        }
    }

    pub(super) fn forget_run(&mut self, key: &RunKey) {
        let Some(slot) = self.runs.find(key) else {
            return;
        };
        self.detach(slot);
        self.runs.remove(slot);
        self.dirty_runs.remove(&slot);
        self.dirty_dags.insert(key.dag_id.clone());
        self.forget_dag_if_unused(&key.dag_id);
    }

    pub(super) fn mark_all(&mut self, key: &RunKey) {
        if let Some(slot) = self.runs.find(key) {
            self.mark_all_of(slot);
        }
    }

    pub(super) fn mark_all_of(&mut self, slot: RunSlot) {
        if let Some(run) = self.runs.get_mut(slot) {
            run.dirty.all = true;
            self.dirty_runs.insert(slot);
        }
    }

    /// Enters a run into every index over runs.
    fn attach(&mut self, slot: RunSlot) {
        let Some(run) = self.runs.get(slot) else {
            return;
        };
        let dag_id = &run.row.key.dag_id;
        let state = self.dags.entry(dag_id.clone()).or_default();
        state.add_run(slot, run);
        if !state.queued.is_empty() {
            self.queued_dags.insert(dag_id.clone());
        }
        self.indexes.add_run(&self.settings, slot, run);
    }

    fn detach(&mut self, slot: RunSlot) {
        let Some(run) = self.runs.get(slot) else {
            return;
        };
        self.indexes.remove_run(&self.settings, slot, run);
        let dag_id = &run.row.key.dag_id;
        if let Some(state) = self.dags.get_mut(dag_id) {
            state.remove_run(slot, run);
            if state.queued.is_empty() {
                self.queued_dags.remove(dag_id);
            }
        }
    }

    /// A scheduled or backfill run moves the schedule on.
    fn note_automated(&mut self, run: &Run) {
        let Some(interval) = run.data_interval.filter(|_| run.run_type.is_automated()) else {
            return;
        };
        let entry = self
            .dags
            .get_mut(&run.key.dag_id)
            .and_then(|state| state.entry.as_mut());
        if let Some(entry) = entry
            && entry
                .last_automated
                .is_none_or(|last| last.start < interval.start)
        {
            entry.last_automated = Some(interval);
        }
    }

    /// A run that comes to be known may be the one right before a run that is known already.
    fn become_past_of_later_runs(&mut self, slot: RunSlot) {
        let Some(run) = self.runs.get(slot) else {
            return;
        };
        let later = self.later_runs(&run.row.key.dag_id, slot);
        let Some(rules) = run.rules.clone().filter(|rules| rules.needs_previous) else {
            return;
        };
        if rules.dag.catchup && run.row.run_type == DagRunType::Manual {
            return;
        }
        let previous = run.as_previous();
        for later in later {
            let replaced = self
                .runs
                .get_mut(later)
                .and_then(|run| run.past.as_mut())
                .is_some_and(|past| past.offer(&previous));
            if replaced {
                self.mark_all_of(later);
            }
        }
    }

    fn later_runs(&self, dag_id: &DagId, slot: RunSlot) -> Vec<RunSlot> {
        let date = self.runs.get(slot).map(|run| run.row.execution_date);
        let runs = self.dags.get(dag_id).map(|state| &state.runs);
        runs.into_iter()
            .flatten()
            .filter(|(later, _)| Some(*later) > date)
            .map(|(_, slot)| *slot)
            .collect()
    }
}

impl super::Past {
    /// Takes `run` for the previous one where it is closer than the one known, or the same.
    fn offer(&mut self, run: &PreviousRun) -> bool {
        use crate::planner::dependencies::PastFacts;
        let closer = self.is_run(&run.run_id)
            || self
                .execution_date()
                .is_none_or(|known| known < run.execution_date);
        if closer {
            self.replace_run(run.clone());
        }
        closer
    }
}
