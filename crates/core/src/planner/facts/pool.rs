//! Pools, and the slots taken by task instances that the snapshot does not hold.

use crate::{DagId, TaskId};

/// A row of `slot_pool`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    pub name: String,
    /// -1 for no limit.
    pub slots: i32,
    pub include_deferred: bool,
}

/// Slots of one pool that are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolUsage {
    /// Sum of `pool_slots` over running and queued task instances.
    pub occupied: i64,
    /// Sum of `pool_slots` over deferred ones.
    pub deferred: i64,
}

/// What task instances outside of queued and running DAG runs take up, such as those that still run
/// after their run was marked failed. The snapshot counts its own runs itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub pools: Vec<(String, PoolUsage)>,
    /// Running and queued task instances a DAG.
    pub dags: Vec<(DagId, u32)>,
    /// Running and queued task instances a task, over all runs.
    pub tasks: Vec<(DagId, TaskId, u32)>,
}
