//! Pools, concurrency limits and priorities.

use rstest::rstest;

use super::world::{World, at, dag};
use crate::{
    DagId, UtcDateTime,
    dag::{Dag, Task},
    planner::{ExecutorSlots, Notice, Plan, RunKey},
    state::{DagRunState, TaskInstanceState as State},
};

/// `count` tasks without edges, `t00`, `t01`, ….
fn flat(dag_id: &str, count: usize, set: impl Fn(&mut Task)) -> Dag {
    let names: Vec<String> = (0..count).map(|n| format!("t{n:02}")).collect();
    dag(dag_id, &names.join(";"), set)
}

fn start(world: &mut World, dag: Dag) -> RunKey {
    start_at(world, dag, at("2024-05-01"))
}

fn start_at(world: &mut World, dag: Dag, date: UtcDateTime) -> RunKey {
    let dag_id = dag.dag_id.clone();
    world.set_dag(dag);
    world.trigger(&dag_id, date)
}

fn count(world: &World, key: &RunKey, state: State) -> usize {
    let rows = world.runs[key].instances.iter();
    rows.filter(|(_, row)| row.state == state).count()
}

fn queued_order(plans: &[Plan]) -> Vec<String> {
    let queued = plans.iter().flat_map(|plan| &plan.queue);
    queued
        .map(|task| format!("{}.{}", task.run.dag_id, task.task_id))
        .collect()
}

#[test]
fn a_pool_is_filled_and_no_more() {
    let mut world = World::new();
    world.set_pool("small", 3);
    let run = start(
        &mut world,
        flat("d", 5, |task| task.pool = "small".to_owned()),
    );
    world.step();
    assert_eq!(count(&world, &run, State::Queued), 3);
    assert_eq!(count(&world, &run, State::Scheduled), 2);
    world.finish(&run, "t00", State::Success);
    assert_eq!(count(&world, &run, State::Queued), 3);
    assert_eq!(world.row(&run, "t03").try_number, 1);
}

#[rstest]
#[case::unlimited(-1, 5)]
#[case::closed(0, 0)]
fn special_pool_sizes(#[case] slots: i32, #[case] expect: usize) {
    let mut world = World::new();
    world.set_pool("p", slots);
    let run = start(&mut world, flat("d", 5, |task| task.pool = "p".to_owned()));
    world.step();
    assert_eq!(count(&world, &run, State::Queued), expect);
}

#[test]
fn a_missing_pool_holds_up_only_its_own() {
    let mut world = World::new();
    let run = start(
        &mut world,
        flat("d", 2, |task| {
            if task.task_id.as_str() == "t00" {
                task.pool = "gone".to_owned();
                task.priority_weight = 100;
            }
        }),
    );
    world.step();
    assert_eq!(world.states(&run), "t00=scheduled t01=queued");
    let plan = world.plan();
    let missing = Notice::PoolMissing {
        pool: "gone".to_owned(),
    };
    assert_eq!(plan.notices, [missing]);
    world.set_pool("gone", 1);
    world.step();
    assert_eq!(world.state(&run, "t00"), State::Queued);
}

#[test]
fn a_task_larger_than_its_pool_waits_for_ever() {
    let mut world = World::new();
    world.set_pool("p", 3);
    let run = start(
        &mut world,
        flat("d", 3, |task| {
            task.pool = "p".to_owned();
            if task.task_id.as_str() == "t00" {
                task.pool_slots = 4;
                task.priority_weight = 9;
            }
        }),
    );
    let plans = world.step();
    assert_eq!(world.states(&run), "t00=scheduled t01=queued t02=queued");
    let too_small = |notice: &Notice| matches!(notice, Notice::PoolTooSmall { pool_slots: 4, .. });
    assert!(plans.iter().any(|plan| plan.notices.iter().any(too_small)));
}

#[test]
fn smaller_tasks_use_what_a_large_one_cannot() {
    let mut world = World::new();
    world.set_pool("p", 3);
    let run = start(
        &mut world,
        flat("d", 3, |task| {
            task.pool = "p".to_owned();
            match task.task_id.as_str() {
                "t00" => (task.pool_slots, task.priority_weight) = (2, 9),
                "t01" => (task.pool_slots, task.priority_weight) = (2, 8),
                _ => {}
            }
        }),
    );
    world.step();
    assert_eq!(world.states(&run), "t00=queued t01=scheduled t02=queued");
}

#[test]
fn deferred_tasks_count_where_the_pool_says_so() {
    for (include_deferred, expect) in [(true, State::Scheduled), (false, State::Queued)] {
        let mut world = World::new();
        world.set_pool("p", 1);
        world.pools.last_mut().unwrap().include_deferred = include_deferred;
        world
            .snapshot
            .observe(crate::planner::Observation::Pools(world.pools.clone()));
        let run = start(&mut world, flat("d", 2, |task| task.pool = "p".to_owned()));
        world.step();
        world.finish(&run, "t00", State::Deferred);
        assert_eq!(world.state(&run, "t01"), expect);
    }
}

#[test]
fn max_active_tasks_counts_over_all_runs() {
    let mut world = World::new();
    let mut limited = flat("d", 3, |_| ());
    limited.max_active_tasks = 4;
    let first = start_at(&mut world, limited, at("2024-05-01"));
    let second = world.trigger(&DagId::from("d"), at("2024-05-02"));
    world.step();
    assert_eq!(count(&world, &first, State::Queued), 3);
    assert_eq!(count(&world, &second, State::Queued), 1);
    world.finish(&first, "t01", State::Success);
    assert_eq!(count(&world, &second, State::Queued), 2);
}

#[test]
fn a_task_may_be_limited_over_all_runs_and_within_one() {
    let mut world = World::new();
    let limited = flat("d", 2, |task| match task.task_id.as_str() {
        "t00" => task.max_active_tis_per_dag = Some(1),
        _ => task.max_active_tis_per_dagrun = Some(1),
    });
    let first = start_at(&mut world, limited, at("2024-05-01"));
    let second = world.trigger(&DagId::from("d"), at("2024-05-02"));
    world.step();
    assert_eq!(world.states(&first), "t00=queued t01=queued");
    assert_eq!(world.states(&second), "t00=scheduled t01=queued");
    world.finish(&first, "t00", State::Success);
    assert_eq!(world.states(&second), "t00=queued t01=queued");
}

#[test]
fn tasks_that_outlive_their_run_still_take_slots() {
    let mut world = World::new();
    world.set_pool("p", 1);
    let mut slow = flat("d", 1, |task| task.pool = "p".to_owned());
    slow.dagrun_timeout = Some(jiff::SignedDuration::from_secs(60));
    let first = start(&mut world, slow);
    world.step();
    world.pass(60);
    world.step();
    // Its supervisor has not noticed yet, and the row says running once more.
    world.set(&first, "t00", State::Running);
    let second = world.trigger(&DagId::from("d"), at("2024-05-02"));
    world.step();
    assert_eq!(world.states(&second), "t00=scheduled");
    world.set(&first, "t00", State::Failed);
    world.step();
    assert_eq!(world.states(&second), "t00=queued");
}

#[test]
fn they_count_against_their_dag_and_task_too() {
    let limits: [fn(&mut Dag); 2] = [
        |dag| dag.max_active_tasks = 1,
        |dag| *dag = flat("d", 1, |task| task.max_active_tis_per_dag = Some(1)),
    ];
    for limit in limits {
        let mut world = World::new();
        let mut limited = flat("d", 1, |_| ());
        limit(&mut limited);
        let first = start(&mut world, limited);
        world.step();
        world.runs.get_mut(&first).unwrap().state = DagRunState::Failed;
        world.tell_run_state(&first);
        world.set(&first, "t00", State::Running);
        let second = world.trigger(&DagId::from("d"), at("2024-05-02"));
        world.step();
        assert_eq!(world.states(&second), "t00=scheduled");
        world.set(&first, "t00", State::Failed);
        world.step();
        assert_eq!(world.states(&second), "t00=queued");
    }
}

#[test]
fn order_is_priority_then_date_then_index() {
    let mut world = World::new();
    world.limits.executor_slots = ExecutorSlots::of_default(0);
    start_at(
        &mut world,
        flat("late", 1, |task| task.priority_weight = 5),
        at("2024-05-03"),
    );
    start_at(
        &mut world,
        flat("early", 1, |task| task.priority_weight = 5),
        at("2024-05-01"),
    );
    start_at(
        &mut world,
        flat("urgent", 1, |task| task.priority_weight = 6),
        at("2024-05-04"),
    );
    start_at(
        &mut world,
        flat("idle", 1, |task| task.priority_weight = -1),
        at("2024-04-01"),
    );
    world.step();
    assert_eq!(world.in_state(State::Scheduled).len(), 4);
    world.limits.executor_slots = ExecutorSlots::of_default(3);
    let order = queued_order(&world.step());
    assert_eq!(order[..3], ["urgent.t00", "early.t00", "late.t00"]);
    assert_eq!(world.in_state(State::Queued).len(), 4);
}

#[test]
fn fresh_and_scheduled_tasks_compete_alike() {
    let mut world = World::new();
    world.limits.executor_slots = ExecutorSlots::of_default(0);
    start(
        &mut world,
        flat("waiting", 1, |task| task.priority_weight = 5),
    );
    world.step();
    start(
        &mut world,
        flat("fresh", 1, |task| task.priority_weight = 6),
    );
    let first = world.plan();
    world.apply(&first);
    world.limits.executor_slots = ExecutorSlots::of_default(1);
    let plan = world.plan();
    assert_eq!(queued_order(std::slice::from_ref(&plan)), ["fresh.t00"]);
    assert_eq!(plan.queue[0].from, State::NoStatus);
    world.apply(&plan);
}

#[test]
fn named_executors_have_slots_of_their_own() {
    let mut world = World::new();
    world.limits.executor_slots = ExecutorSlots {
        default: 1,
        named: [("Other".to_owned(), 1)].into(),
        default_names: vec!["LocalExecutor".to_owned()],
    };
    let run = start(
        &mut world,
        flat("d", 4, |task| {
            task.executor = match task.task_id.as_str() {
                "t01" => Some("LocalExecutor".to_owned()),
                "t02" => Some("Other".to_owned()),
                "t03" => Some("Unknown".to_owned()),
                _ => None,
            };
        }),
    );
    for _ in 0..2 {
        let plan = world.plan();
        world.apply(&plan);
    }
    assert_eq!(
        world.states(&run),
        "t00=queued t01=scheduled t02=queued t03=scheduled"
    );
    world.limits.executor_slots.default = 2;
    let plan = world.plan();
    assert_eq!(queued_order(std::slice::from_ref(&plan)), ["d.t01"]);
    let unknown = |notice: &Notice| matches!(notice, Notice::ExecutorUnknown { executor, .. } if executor == "Unknown");
    assert!(plan.notices.iter().any(unknown));
}

#[test]
fn a_paused_dag_queues_nothing_but_ends() {
    let mut world = World::new();
    let run = start(&mut world, dag("d", "a > b; b", |_| ()));
    world.step();
    world.pause("d", true);
    world.finish(&run, "a", State::Success);
    assert_eq!(world.states(&run), "a=success b=None");
    world.pause("d", false);
    world.step();
    assert_eq!(world.states(&run), "a=success b=queued");
    world.pause("d", true);
    world.finish(&run, "b", State::Success);
    assert_eq!(world.run_state(&run), crate::state::DagRunState::Success);
}

/// AF#45636: thousands of blocked task instances of higher priority used to starve the rest.
#[test]
fn blocked_ones_starve_nobody() {
    let mut world = World::new();
    world.set_pool("full", 0);
    world.set_pool("free", 10);
    start(
        &mut world,
        flat("blocked", 60, |task| {
            task.pool = "full".to_owned();
            task.priority_weight = 100;
        }),
    );
    start(
        &mut world,
        flat("lucky", 3, |task| task.pool = "free".to_owned()),
    );
    let plans = world.step();
    assert_eq!(
        queued_order(&plans),
        ["lucky.t00", "lucky.t01", "lucky.t02"]
    );
}

#[test]
fn a_dag_at_its_limit_leaves_the_pool_to_others() {
    let mut world = World::new();
    world.set_pool("p", 5);
    let mut greedy = flat("greedy", 10, |task| {
        task.pool = "p".to_owned();
        task.priority_weight = 10;
    });
    greedy.max_active_tasks = 2;
    start(&mut world, greedy);
    start(
        &mut world,
        flat("modest", 10, |task| task.pool = "p".to_owned()),
    );
    let order = queued_order(&world.step());
    assert_eq!(
        order,
        [
            "greedy.t00",
            "greedy.t01",
            "modest.t00",
            "modest.t01",
            "modest.t02"
        ]
    );
}
