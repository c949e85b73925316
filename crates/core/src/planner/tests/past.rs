//! Tasks that depend on the run before.

use super::world::{World, at, dag};
use crate::{
    dag::Task,
    planner::RunKey,
    state::{DagRunState, TaskInstanceState as State},
};

fn world(set: impl Fn(&mut Task)) -> World {
    let mut past = dag("d", "a > b; b", |task| {
        task.depends_on_past = true;
        set(task);
    });
    past.catchup = false;
    let mut world = World::new();
    world.set_dag(past);
    world
}

fn trigger(world: &mut World, date: &str) -> RunKey {
    let run = world.trigger(&"d".into(), at(date));
    world.step();
    run
}

#[test]
fn a_task_waits_for_itself_in_the_run_before() {
    let mut world = world(|_| ());
    let first = trigger(&mut world, "2024-05-01");
    let second = trigger(&mut world, "2024-05-02");
    assert_eq!(world.states(&first), "a=queued b=None");
    assert_eq!(world.states(&second), "a=None b=None");
    world.finish(&first, "a", State::Success);
    assert_eq!(world.states(&second), "a=queued b=None");
    world.finish(&second, "a", State::Success);
    assert_eq!(world.states(&second), "a=success b=None");
    world.finish(&first, "b", State::Success);
    assert_eq!(world.run_state(&first), DagRunState::Success);
    assert_eq!(world.states(&second), "a=success b=queued");
}

#[test]
fn a_failure_holds_up_the_next_run_until_it_is_mended() {
    let mut world = world(|_| ());
    let first = trigger(&mut world, "2024-05-01");
    world.finish(&first, "a", State::Failed);
    assert_eq!(world.run_state(&first), DagRunState::Failed);
    let second = trigger(&mut world, "2024-05-02");
    assert_eq!(world.states(&second), "a=None b=None");
    // Not a deadlock: a person may still mend the run before.
    assert_eq!(world.run_state(&second), DagRunState::Running);
    world.set(&first, "a", State::Success);
    world.reload(&second);
    world.step();
    assert_eq!(world.states(&second), "a=queued b=None");
}

#[test]
fn a_cleared_run_before_is_heeded_again() {
    let mut world = world(|_| ());
    let first = trigger(&mut world, "2024-05-01");
    world.finish(&first, "a", State::Failed);
    let second = trigger(&mut world, "2024-05-02");
    let run = world.runs.get_mut(&first).unwrap();
    run.state = DagRunState::Queued;
    world.set(&first, "a", State::NoStatus);
    world.set(&first, "b", State::NoStatus);
    world.reload(&first);
    world.step();
    world.finish(&first, "a", State::Success);
    assert_eq!(world.states(&second), "a=queued b=None");
}

#[test]
fn a_run_that_appears_in_between_becomes_the_one_before() {
    let mut world = world(|_| ());
    let first = trigger(&mut world, "2024-05-01");
    let third = trigger(&mut world, "2024-05-03");
    let second = trigger(&mut world, "2024-05-02");
    world.finish(&first, "a", State::Success);
    assert_eq!(world.state(&second, "a"), State::Queued);
    assert_eq!(world.state(&third, "a"), State::NoStatus);
    world.finish(&second, "a", State::Success);
    assert_eq!(world.state(&third, "a"), State::Queued);
}

#[test]
fn wait_for_downstream_looks_one_task_further() {
    let mut world = world(|task| task.wait_for_downstream = task.task_id.as_str() == "a");
    let first = trigger(&mut world, "2024-05-01");
    let second = trigger(&mut world, "2024-05-02");
    world.finish(&first, "a", State::Success);
    assert_eq!(world.state(&second, "a"), State::NoStatus);
    world.finish(&first, "b", State::Success);
    assert_eq!(world.state(&second, "a"), State::Queued);
}

#[test]
fn a_new_task_may_pass_over_the_run_before_it_existed() {
    for (ignore_first, expect) in [(true, State::Queued), (false, State::NoStatus)] {
        let mut world = world(|_| ());
        let first = trigger(&mut world, "2024-05-01");
        world.finish(&first, "a", State::Success);
        world.finish(&first, "b", State::Success);
        let mut grown = dag("d", "a > b; b; new", |task| {
            task.depends_on_past = true;
            task.ignore_first_depends_on_past = ignore_first;
        });
        grown.catchup = false;
        grown.dag_hash = "v2".to_owned();
        world.set_dag(grown);
        let second = trigger(&mut world, "2024-05-02");
        assert_eq!(world.state(&second, "new"), expect);
    }
}

#[test]
fn unknown_past_is_asked_for() {
    let mut world = World::new();
    world.set_dag(dag("d", "a", |_| ()));
    let key = world.trigger(&"d".into(), at("2024-05-01"));
    world.step();
    let mut run = world.runs[&key].clone();
    for (_, row) in &mut run.instances {
        row.state = State::NoStatus;
    }
    run.previous = None;
    let mut later = dag("d", "a", |task| task.depends_on_past = true);
    later.dag_hash = "v1".to_owned();
    world.set_dag(later);
    world
        .snapshot
        .observe(crate::planner::Observation::Run(Box::new(run)));
    let plan = crate::planner::plan(&world.snapshot, &world.limits, world.now);
    assert_eq!(plan.reload, [key]);
    assert!(plan.is_idle());
}
