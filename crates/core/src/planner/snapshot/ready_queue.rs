//! Scheduled task instances in the order in which they are queued.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use super::RunSlot;
use crate::{DagId, MapIndex, UtcDateTime, dag::TaskIndex};

/// What limits apply to a task instance. All in one bucket are limited alike, so that the first
/// that is blocked speaks for the others: a blocked bucket costs one look, and starves nobody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BucketKey {
    pub(crate) dag_id: DagId,
    pub(crate) pool_slots: i32,
    pub(crate) executor: Option<String>,
    /// Where the task has a limit over all runs or within one.
    pub(crate) task: Option<TaskIndex>,
    /// Where the task has a limit within one run.
    pub(crate) run: Option<RunSlot>,
}

/// Place of a task instance in the queue: by descending priority weight, then execution date, then
/// map index, as Airflow has it; what follows only makes the order complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) priority_weight: Reverse<i32>,
    pub(crate) execution_date: UtcDateTime,
    pub(crate) map_index: MapIndex,
    /// `dag_run.id`.
    pub(crate) run_id: i32,
    pub(crate) task: TaskIndex,
    pub(crate) run: RunSlot,
}

/// The buckets of one pool.
type Buckets = BTreeMap<BucketKey, BTreeSet<Place>>;

/// Buckets by pool. No bucket is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadyQueue {
    pools: HashMap<String, Buckets>,
}

impl ReadyQueue {
    pub(crate) fn pools(&self) -> impl Iterator<Item = (&String, &Buckets)> {
        self.pools.iter()
    }

    pub(crate) fn insert(&mut self, pool: &str, key: BucketKey, place: Place) {
        if !self.pools.contains_key(pool) {
            self.pools.insert(pool.to_owned(), Buckets::new());
        }
        if let Some(buckets) = self.pools.get_mut(pool) {
            buckets.entry(key).or_default().insert(place);
        }
    }

    pub(super) fn remove(&mut self, pool: &str, key: &BucketKey, place: &Place) {
        let Some(buckets) = self.pools.get_mut(pool) else {
            return;
        };
        if let Some(places) = buckets.get_mut(key) {
            places.remove(place);
            if places.is_empty() {
                buckets.remove(key);
            }
        }
        if buckets.is_empty() {
            self.pools.remove(pool);
        }
    }
}
