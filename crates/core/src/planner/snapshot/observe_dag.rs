//! News about DAGs.

use std::sync::Arc;

use super::{DagRules, RunSlot, Snapshot};
use crate::{DagId, UtcDateTime, dag::Dag, planner::facts::DagEntry};

impl Snapshot {
    pub(super) fn observe_dag(&mut self, entry: DagEntry) {
        let dag_id = entry.dag_id.clone();
        let before = self.create_after(&dag_id);
        let state = self.dags.entry(dag_id.clone()).or_default();
        let known = state.rules.as_ref().map(|rules| &rules.dag);
        let same_definition = match (known, &entry.dag) {
            (Some(known), Some(dag)) => Arc::ptr_eq(known, dag),
            (None, None) => true,
            _ => false,
        };
        let same_access = state.entry.as_ref().is_some_and(|known| {
            known.is_paused == entry.is_paused && known.is_active == entry.is_active
        });
        let rules = if same_definition {
            None
        } else {
            Some(
                entry
                    .dag
                    .clone()
                    .map(|dag: Arc<Dag>| Arc::new(DagRules::new(dag))),
            )
        };
        state.entry = Some(entry);
        if let Some(rules) = rules {
            self.replace_rules(&dag_id, rules);
        } else if !same_access {
            self.mark_runs_of(&dag_id);
        }
        self.reindex_create_after(&dag_id, before);
        self.dirty_dags.insert(dag_id);
    }

    pub(super) fn observe_dag_gone(&mut self, dag_id: &DagId) {
        let before = self.create_after(dag_id);
        if let Some(state) = self.dags.get_mut(dag_id) {
            state.entry = None;
            self.replace_rules(dag_id, None);
        }
        self.reindex_create_after(dag_id, before);
        self.forget_dag_if_unused(dag_id);
    }

    fn create_after(&self, dag_id: &DagId) -> Option<UtcDateTime> {
        self.dags.get(dag_id)?.create_after()
    }

    fn reindex_create_after(&mut self, dag_id: &DagId, before: Option<UtcDateTime>) {
        if let Some(before) = before {
            self.due_dags.remove(&(before, dag_id.clone()));
        }
        if let Some(after) = self.create_after(dag_id) {
            self.due_dags.insert((after, dag_id.clone()));
        }
    }

    fn replace_rules(&mut self, dag_id: &DagId, rules: Option<Arc<DagRules>>) {
        for slot in self.slots_of(dag_id) {
            if let Some(run) = self.runs.get_mut(slot) {
                self.indexes.remove_run(&self.settings, slot, run);
                run.set_rules(rules.clone());
                self.indexes.add_run(&self.settings, slot, run);
                self.dirty_runs.insert(slot);
            }
        }
        if let Some(state) = self.dags.get_mut(dag_id) {
            state.rules = rules;
        }
    }

    fn mark_runs_of(&mut self, dag_id: &DagId) {
        for slot in self.slots_of(dag_id) {
            self.mark_all_of(slot);
        }
    }

    pub(super) fn slots_of(&self, dag_id: &DagId) -> Vec<RunSlot> {
        let runs = self.dags.get(dag_id).map(|state| &state.runs);
        runs.into_iter().flatten().map(|(_, slot)| *slot).collect()
    }

    /// Drops a DAG of which neither its row nor a run is known.
    pub(super) fn forget_dag_if_unused(&mut self, dag_id: &DagId) {
        let unused = |state: &super::DagState| state.entry.is_none() && state.runs.is_empty();
        if self.dags.get(dag_id).is_some_and(unused) {
            self.dags.remove(dag_id);
        }
    }
}
