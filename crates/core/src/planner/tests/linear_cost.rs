//! What a plan looks at, as opposed to how long it takes.

use super::world::{World, at, dag};
use crate::{
    planner::{ExecutorSlots, snapshot::Dirty},
    state::TaskInstanceState as State,
};

fn wide_chain(length: usize) -> String {
    let line = |n: usize| {
        format!(
            "t{n} > {}",
            if n + 1 < length {
                format!("t{}", n + 1)
            } else {
                String::new()
            }
        )
    };
    (0..length).map(line).collect::<Vec<_>>().join(";")
}

#[test]
fn a_finished_task_costs_its_fan_out() {
    let (mut world, run) = World::with_run(dag("d", &wide_chain(3000), |_| ()));
    world.set(&run, "t0", State::Running);
    world.step();
    world.set(&run, "t0", State::Success);
    let work: Vec<Dirty> = world.snapshot.work(world.now).into_values().collect();
    assert_eq!(work.len(), 1);
    assert!(!work[0].all);
    assert_eq!(work[0].tasks.len(), 2);
    world.step();
    assert_eq!(world.state(&run, "t1"), State::Queued);
}

#[test]
fn nothing_is_looked_at_twice() {
    let (mut world, run) = World::with_run(dag("d", &wide_chain(10), |_| ()));
    assert!(world.plan().is_idle());
    assert!(world.snapshot.work(world.now).is_empty());
    world.finish(&run, "t0", State::UpForRetry);
    world.pass(1000);
    world.step();
    world.plan();
    assert!(world.snapshot.work(world.now).is_empty());
}

#[test]
fn ten_thousand_ready_task_instances_are_queued_in_one_plan() {
    let mut world = World::new();
    world.limits.executor_slots = ExecutorSlots::of_default(u32::MAX);
    world.set_pool("default_pool", -1);
    let tasks: Vec<String> = (0..100).map(|n| format!("t{n}")).collect();
    for number in 0..100 {
        let mut flat = dag(&format!("d{number}"), &tasks.join(";"), |_| ());
        flat.max_active_tasks = 100;
        let dag_id = flat.dag_id.clone();
        world.set_dag(flat);
        world.trigger(&dag_id, at("2024-05-01"));
    }
    let plans = world.step();
    assert_eq!(plans.len(), 2);
    assert_eq!(plans[0].start_runs.len(), 100);
    assert_eq!(plans[1].queue.len(), 10_000);
}
