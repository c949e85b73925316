//! One DAG with what its runs add up to.

use std::{collections::BTreeSet, sync::Arc};

use super::{ActiveRun, DagRules, RunSlot};
use crate::{
    UtcDateTime,
    planner::facts::DagEntry,
    state::{DagRunState, DagRunType},
};

/// Order in which a DAG's queued runs start: never examined ones first, then by date.
pub(crate) type QueuedPlace = (Option<UtcDateTime>, UtcDateTime, i32, RunSlot);

/// A DAG, known by its row, by its runs, or both.
#[derive(Clone, Debug, Default)]
pub(crate) struct DagState {
    pub(crate) entry: Option<DagEntry>,
    pub(crate) rules: Option<Arc<DagRules>>,
    /// All queued and running runs by execution date.
    pub(crate) runs: BTreeSet<(UtcDateTime, RunSlot)>,
    pub(crate) running: u32,
    /// Queued runs that the planner may start.
    pub(crate) queued: BTreeSet<QueuedPlace>,
}

impl DagState {
    pub(super) fn add_run(&mut self, slot: RunSlot, run: &ActiveRun) {
        self.runs.insert((run.row.execution_date, slot));
        match run.row.state {
            DagRunState::Running => self.running += 1,
            DagRunState::Queued if run.row.run_type != DagRunType::Backfill => {
                self.queued.insert(queued_place(slot, run));
            }
            _ => {}
        }
    }

    pub(super) fn remove_run(&mut self, slot: RunSlot, run: &ActiveRun) {
        self.runs.remove(&(run.row.execution_date, slot));
        if run.row.state == DagRunState::Running {
            self.running = self.running.saturating_sub(1);
        }
        self.queued.remove(&queued_place(slot, run));
    }

    /// Queued and running runs of any type.
    pub(crate) fn active_runs(&self) -> usize {
        self.runs.len()
    }

    /// Whether scheduled runs may be created.
    pub(crate) fn may_create_runs(&self) -> bool {
        self.rules.is_some()
            && self.entry.as_ref().is_some_and(|entry| {
                entry.is_active && !entry.is_paused && !entry.has_import_errors
            })
    }

    /// When the next scheduled run is to be created.
    pub(super) fn create_after(&self) -> Option<UtcDateTime> {
        self.entry
            .as_ref()
            .filter(|_| self.may_create_runs())?
            .next_dagrun?
            .create_after
    }
}

fn queued_place(slot: RunSlot, run: &ActiveRun) -> QueuedPlace {
    (
        run.row.last_scheduling_decision,
        run.row.execution_date,
        run.row.id,
        slot,
    )
}
