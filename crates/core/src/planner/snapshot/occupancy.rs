//! Running counts of what takes up slots.

use std::collections::HashMap;

use crate::{
    DagId, TaskId,
    planner::facts::{PoolUsage, TaskInstance, Usage},
    state::TaskInstanceState,
};

/// Slots taken, by each of the things that are limited.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Occupancy {
    pools: HashMap<String, PoolUsage>,
    dags: HashMap<DagId, u32>,
    tasks: HashMap<(DagId, TaskId), u32>,
}

impl Occupancy {
    pub(crate) fn from_usage(usage: Usage) -> Self {
        Self {
            pools: usage.pools.into_iter().collect(),
            dags: usage.dags.into_iter().collect(),
            tasks: usage
                .tasks
                .into_iter()
                .map(|(dag_id, task_id, count)| ((dag_id, task_id), count))
                .collect(),
        }
    }

    pub(crate) fn pool(&self, name: &str) -> PoolUsage {
        self.pools.get(name).copied().unwrap_or_default()
    }

    pub(crate) fn dag(&self, dag_id: &DagId) -> u32 {
        self.dags.get(dag_id).copied().unwrap_or(0)
    }

    pub(crate) fn task(&self, dag_id: &DagId, task_id: &TaskId) -> u32 {
        let key = (dag_id.clone(), task_id.clone());
        self.tasks.get(&key).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, dag_id: &DagId, task_id: &TaskId, instance: &TaskInstance) {
        self.change(dag_id, task_id, instance, 1);
    }

    pub(super) fn subtract(&mut self, dag_id: &DagId, task_id: &TaskId, instance: &TaskInstance) {
        self.change(dag_id, task_id, instance, -1);
    }

    fn change(&mut self, dag_id: &DagId, task_id: &TaskId, instance: &TaskInstance, sign: i32) {
        let occupies = instance.state.occupies_slot();
        let deferred = instance.state == TaskInstanceState::Deferred;
        if !occupies && !deferred {
            return;
        }
        let slots = i64::from(instance.pool_slots) * i64::from(sign);
        if !self.pools.contains_key(&instance.pool) {
            self.pools
                .insert(instance.pool.clone(), PoolUsage::default());
        }
        if let Some(pool) = self.pools.get_mut(&instance.pool) {
            if deferred {
                pool.deferred += slots;
            } else {
                pool.occupied += slots;
            }
        }
        if occupies {
            let dag = self.dags.entry(dag_id.clone()).or_default();
            *dag = dag.saturating_add_signed(sign);
            let key = (dag_id.clone(), task_id.clone());
            let task = self.tasks.entry(key).or_default();
            *task = task.saturating_add_signed(sign);
        }
    }
}
