//! Runs by key, and by a small number that indexes can hold.

use std::collections::HashMap;

use super::ActiveRun;
use crate::planner::facts::RunKey;

/// Place of a run in the snapshot. Given again to another run when the first is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RunSlot(usize);

/// All runs that the snapshot holds.
#[derive(Clone, Debug, Default)]
pub(super) struct RunTable {
    slots: Vec<Option<ActiveRun>>,
    free: Vec<RunSlot>,
    by_key: HashMap<RunKey, RunSlot>,
}

impl RunTable {
    pub(super) fn find(&self, key: &RunKey) -> Option<RunSlot> {
        self.by_key.get(key).copied()
    }

    pub(super) fn get(&self, slot: RunSlot) -> Option<&ActiveRun> {
        self.slots.get(slot.0)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, slot: RunSlot) -> Option<&mut ActiveRun> {
        self.slots.get_mut(slot.0)?.as_mut()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &RunKey> {
        self.by_key.keys()
    }

    /// Adds a run whose key is not in the table.
    pub(super) fn insert(&mut self, run: ActiveRun) -> RunSlot {
        let key = run.row.key.clone();
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot.0] = Some(run);
            slot
        } else {
            self.slots.push(Some(run));
            RunSlot(self.slots.len() - 1)
        };
        self.by_key.insert(key, slot);
        slot
    }

    pub(super) fn remove(&mut self, slot: RunSlot) -> Option<ActiveRun> {
        let run = self.slots.get_mut(slot.0)?.take()?;
        self.by_key.remove(&run.row.key);
        self.free.push(slot);
        Some(run)
    }
}
