//! Which scheduled task instances get the free slots.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, btree_set},
};

use super::{
    cascade::{Ready, scheduled_try},
    facts::Pool,
    limits::Limits,
    open_slots::{Blocked, OpenSlots},
    plan::{Notice, QueueTask, TaskLimits},
    snapshot::{BucketKey, Place, ReadyQueue, RunSlot, Snapshot, place_once_scheduled},
};

/// The outcome: what is queued, in order, and what a person should know.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub(super) taken: Vec<Place>,
    pub(super) notices: Vec<Notice>,
}

/// One bucket of the snapshot or of this plan, read in order.
struct Source<'s> {
    pool: &'s Pool,
    key: &'s BucketKey,
    places: btree_set::Iter<'s, Place>,
}

/// Takes as many task instances as fit, in order of priority, out of those that are scheduled and
/// of `fresh` ones, which this plan makes ready.
///
/// Airflow reads a batch in order of priority and stops when one could be taken, so that blocked
/// ones at the head starve the rest. Here the buckets are merged, and a bucket is dropped at its
/// first blocked entry: limits only tighten during a plan, and all of its entries share them.
pub(super) fn select(snapshot: &Snapshot, limits: &Limits, fresh: &ReadyQueue) -> Selection {
    let mut selection = Selection::default();
    let mut open = OpenSlots::new(snapshot, limits);
    if open.no_executor() {
        return selection;
    }
    let mut sources = Vec::new();
    for (name, buckets) in snapshot.indexes.ready.pools().chain(fresh.pools()) {
        let Some(pool) = snapshot.pools.get(name) else {
            let pool = name.clone();
            selection.notices.push(Notice::PoolMissing { pool });
            continue;
        };
        if open.has_room(pool) {
            sources.extend(buckets.iter().map(|(key, places)| Source {
                pool,
                key,
                places: places.iter(),
            }));
        }
    }
    let firsts = sources.iter_mut().enumerate();
    let mut heads: BinaryHeap<Reverse<(Place, usize)>> = firsts
        .filter_map(|(index, source)| Some(Reverse((*source.places.next()?, index))))
        .collect();
    while let Some(Reverse((place, index))) = heads.pop() {
        let source = &mut sources[index];
        match open.take(source.pool, source.key, place) {
            Ok(()) => {
                selection.taken.push(place);
                heads.extend(source.places.next().map(|place| Reverse((*place, index))));
                if open.no_executor() {
                    break;
                }
            }
            Err(blocked) => selection.notices.extend(notice(source, blocked)),
        }
    }
    selection.notices.dedup();
    selection
}

fn notice(source: &Source<'_>, blocked: Blocked) -> Option<Notice> {
    match blocked {
        Blocked::ForNow => None,
        Blocked::PoolTooSmall => Some(Notice::PoolTooSmall {
            dag_id: source.key.dag_id.clone(),
            pool: source.pool.name.clone(),
            pool_slots: source.key.pool_slots,
        }),
        Blocked::ExecutorUnknown => Some(Notice::ExecutorUnknown {
            dag_id: source.key.dag_id.clone(),
            executor: source.key.executor.clone()?,
        }),
    }
}

/// Puts task instances that a plan makes ready where they would stand once scheduled.
pub(super) fn enqueue(snapshot: &Snapshot, slot: RunSlot, ready: &[Ready], queue: &mut ReadyQueue) {
    let Some(run) = snapshot.active_run(slot) else {
        return;
    };
    for ready in ready {
        let instance = run.instance(ready.task, ready.map_index);
        let place =
            instance.and_then(|i| Some((i, place_once_scheduled(slot, run, ready.task, i)?)));
        if let Some((instance, (key, place))) = place {
            queue.insert(&instance.pool, key, place);
        }
    }
}

/// The update for a task instance that was taken.
pub(super) fn queue_task(snapshot: &Snapshot, place: Place) -> Option<QueueTask> {
    let run = snapshot.active_run(place.run)?;
    let instance = run.instance(place.task, place.map_index)?;
    let rules = run.rules.as_ref()?;
    let task = rules.task(place.task);
    Some(QueueTask {
        run: run.row.key.clone(),
        task_id: task.task_id.clone(),
        map_index: place.map_index,
        from: instance.state,
        from_try_number: instance.try_number,
        try_number: scheduled_try(instance),
        pool: instance.pool.clone(),
        pool_slots: instance.pool_slots,
        priority_weight: instance.priority_weight,
        queue: instance.queue.clone(),
        executor: instance.executor.clone(),
        limits: TaskLimits {
            max_active_tasks: rules.dag.max_active_tasks,
            max_active_tis_per_dag: task.max_active_tis_per_dag,
            max_active_tis_per_dagrun: task.max_active_tis_per_dagrun,
        },
    })
}
