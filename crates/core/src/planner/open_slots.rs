//! Every limit on running task instances, counted down while a plan takes slots.

use std::collections::HashMap;

use super::{
    facts::Pool,
    limits::Limits,
    snapshot::{BucketKey, Place, RunSlot, Snapshot},
};
use crate::{DagId, dag::TaskIndex};

/// Why a task instance cannot be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blocked {
    /// A limit is reached, which others may free.
    ForNow,
    /// It wants more slots than its pool has at all.
    PoolTooSmall,
    ExecutorUnknown,
}

/// What is left of each limit. Looked up when first needed.
pub(super) struct OpenSlots<'s> {
    snapshot: &'s Snapshot,
    limits: &'s Limits,
    /// Slots left in each executor; the default one is `None`.
    executors: HashMap<Option<&'s str>, u32>,
    pools: HashMap<&'s str, i64>,
    dags: HashMap<&'s DagId, u32>,
    tasks: HashMap<(&'s DagId, TaskIndex), u32>,
    tasks_of_run: HashMap<(RunSlot, TaskIndex), u32>,
}

impl<'s> OpenSlots<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, limits: &'s Limits) -> Self {
        let slots = &limits.executor_slots;
        let named = slots
            .named
            .iter()
            .map(|(name, open)| (Some(name.as_str()), *open));
        Self {
            snapshot,
            limits,
            executors: named.chain([(None, slots.default)]).collect(),
            pools: HashMap::new(),
            dags: HashMap::new(),
            tasks: HashMap::new(),
            tasks_of_run: HashMap::new(),
        }
    }

    /// No executor has a slot left.
    pub(super) fn no_executor(&self) -> bool {
        self.executors.values().all(|open| *open == 0)
    }

    /// Whether the pool has a slot left.
    pub(super) fn has_room(&self, pool: &'s Pool) -> bool {
        self.in_pool(pool) > 0
    }

    /// Takes the slots for one task instance, or says why it cannot be queued.
    pub(super) fn take(
        &mut self,
        pool: &'s Pool,
        key: &'s BucketKey,
        place: Place,
    ) -> Result<(), Blocked> {
        if pool.slots >= 0 && key.pool_slots > pool.slots {
            return Err(Blocked::PoolTooSmall);
        }
        let executor = self.executor_of(key);
        let Some(in_executor) = self.executors.get(&executor).copied() else {
            return Err(Blocked::ExecutorUnknown);
        };
        let wanted = i64::from(key.pool_slots);
        let in_pool = self.in_pool(pool);
        let in_dag = self.in_dag(key);
        let in_task = self.in_task(key, place);
        let in_run = self.in_task_of_run(key, place);
        // Airflow stops at a full pool even for tasks that would take no slot of it.
        if in_executor == 0
            || in_dag == 0
            || in_task == Some(0)
            || in_run == Some(0)
            || in_pool <= 0
            || wanted > in_pool
        {
            return Err(Blocked::ForNow);
        }
        self.executors.insert(
            executor,
            in_executor.saturating_sub(unless_unlimited(in_executor)),
        );
        self.pools
            .insert(&pool.name, in_pool.saturating_sub(wanted));
        self.dags.insert(&key.dag_id, in_dag - 1);
        if let Some(open) = in_task {
            self.tasks.insert((&key.dag_id, place.task), open - 1);
        }
        if let Some(open) = in_run {
            self.tasks_of_run.insert((place.run, place.task), open - 1);
        }
        Ok(())
    }

    fn executor_of(&self, key: &'s BucketKey) -> Option<&'s str> {
        let slots = &self.limits.executor_slots;
        key.executor
            .as_deref()
            .filter(|name| !slots.default_names.iter().any(|default| default == name))
    }

    fn in_pool(&self, pool: &'s Pool) -> i64 {
        if let Some(open) = self.pools.get(pool.name.as_str()) {
            return *open;
        }
        if pool.slots < 0 {
            return i64::MAX;
        }
        let own = self.snapshot.indexes.occupancy.pool(&pool.name);
        let foreign = self.snapshot.foreign.pool(&pool.name);
        let deferred = if pool.include_deferred {
            own.deferred + foreign.deferred
        } else {
            0
        };
        i64::from(pool.slots) - own.occupied - foreign.occupied - deferred
    }

    /// Under `max_active_tasks`. A paused DAG, or one that is not known, has no room.
    fn in_dag(&self, key: &'s BucketKey) -> u32 {
        if let Some(open) = self.dags.get(&key.dag_id) {
            return *open;
        }
        let Some(state) = self.snapshot.dag_state(&key.dag_id) else {
            return 0;
        };
        let (Some(rules), Some(entry)) = (&state.rules, &state.entry) else {
            return 0;
        };
        if entry.is_paused {
            return 0;
        }
        let active = self.snapshot.indexes.occupancy.dag(&key.dag_id)
            + self.snapshot.foreign.dag(&key.dag_id);
        rules.dag.max_active_tasks.saturating_sub(active)
    }

    /// Under `max_active_tis_per_dag`, where the task has it.
    fn in_task(&self, key: &'s BucketKey, place: Place) -> Option<u32> {
        key.task?;
        let rules = self.snapshot.dag_state(&key.dag_id)?.rules.as_ref()?;
        let task = rules.task(place.task);
        let limit = task.max_active_tis_per_dag?;
        let known = self.tasks.get(&(&key.dag_id, place.task)).copied();
        Some(known.unwrap_or_else(|| {
            let own = self
                .snapshot
                .indexes
                .occupancy
                .task(&key.dag_id, &task.task_id);
            let foreign = self.snapshot.foreign.task(&key.dag_id, &task.task_id);
            limit.saturating_sub(own + foreign)
        }))
    }

    /// Under `max_active_tis_per_dagrun`, where the task has it.
    fn in_task_of_run(&self, key: &'s BucketKey, place: Place) -> Option<u32> {
        key.run?;
        let rules = self.snapshot.dag_state(&key.dag_id)?.rules.as_ref()?;
        let limit = rules.task(place.task).max_active_tis_per_dagrun?;
        let known = self.tasks_of_run.get(&(place.run, place.task)).copied();
        Some(known.unwrap_or_else(|| {
            let run = self.snapshot.active_run(place.run);
            limit.saturating_sub(run.map_or(0, |run| run.occupied(place.task)))
        }))
    }
}

/// What one task instance takes of an executor: nothing where it has no limit.
fn unless_unlimited(open: u32) -> u32 {
    u32::from(open != u32::MAX)
}
