//! Starting runs, and keeping them in line with their DAG.

use super::world::{World, at, dag};
use crate::{
    planner::{Evaluate, Observation, plan},
    state::{DagRunState, DagRunType, TaskInstanceState as State},
};

#[test]
fn queued_runs_start_by_date_as_far_as_there_is_room() {
    let mut world = World::new();
    let mut narrow = dag("d", "a", |_| ());
    narrow.max_active_runs = 2;
    world.set_dag(narrow);
    let third = world.trigger(&"d".into(), at("2024-05-03"));
    let second = world.trigger(&"d".into(), at("2024-05-02"));
    let first = world.trigger(&"d".into(), at("2024-05-01"));
    world.step();
    assert_eq!(world.run_state(&first), DagRunState::Running);
    assert_eq!(world.run_state(&second), DagRunState::Running);
    assert_eq!(world.run_state(&third), DagRunState::Queued);
    world.finish(&first, "a", State::Success);
    assert_eq!(world.run_state(&third), DagRunState::Running);
}

#[test]
fn a_backlog_of_one_dag_does_not_hold_up_another() {
    let mut world = World::new();
    let mut narrow = dag("busy", "a", |_| ());
    narrow.max_active_runs = 1;
    world.set_dag(narrow);
    for day in 10..31 {
        world.trigger(&"busy".into(), at(&format!("2024-01-{day}")));
    }
    world.set_dag(dag("other", "a", |_| ()));
    world.trigger(&"other".into(), at("2024-05-01"));
    let plan = world.plan();
    let started: Vec<&str> = plan
        .start_runs
        .iter()
        .map(|start| start.run.dag_id.as_str())
        .collect();
    assert_eq!(started, ["busy", "other"]);
}

#[test]
fn without_room_for_scheduled_runs_manual_ones_start_all_the_same() {
    let mut world = World::new();
    let mut none = dag("d", "a", |_| ());
    none.max_active_runs = 0;
    world.set_dag(none);
    for day in 1..4 {
        world.trigger(&"d".into(), at(&format!("2024-05-0{day}")));
    }
    assert_eq!(world.plan().start_runs.len(), 3);
}

#[test]
fn runs_of_paused_dags_stay_queued() {
    let mut world = World::new();
    world.set_dag(dag("d", "a", |_| ()));
    world.pause("d", true);
    let run = world.trigger(&"d".into(), at("2024-05-01"));
    assert!(world.step().is_empty());
    world.pause("d", false);
    world.step();
    assert_eq!(world.run_state(&run), DagRunState::Running);
}

#[test]
fn a_run_of_the_future_waits_for_its_date() {
    let mut world = World::new();
    world.set_dag(dag("d", "a", |_| ()));
    let run = world.trigger(&"d".into(), at("2024-06-02"));
    assert!(world.step().is_empty());
    assert_eq!(world.plan().wake_at, Some(at("2024-06-02")));
    world.pass(86_400);
    world.step();
    assert_eq!(world.state(&run, "a"), State::Queued);
}

#[test]
fn backfill_runs_are_left_alone_but_count() {
    let mut world = World::new();
    let mut narrow = dag("d", "a", |_| ());
    narrow.max_active_runs = 1;
    world.set_dag(narrow);
    let backfill = world.insert_run(
        &"d".into(),
        "backfill__1".into(),
        DagRunType::Backfill,
        at("2024-05-01"),
    );
    assert!(world.step().is_empty());
    world.runs.get_mut(&backfill).unwrap().state = DagRunState::Running;
    world.tell_run_state(&backfill);
    let manual = world.trigger(&"d".into(), at("2024-05-02"));
    assert!(world.step().is_empty());
    assert_eq!(world.run_state(&manual), DagRunState::Queued);
}

#[test]
fn a_changed_dag_adds_removes_and_restores() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b", |_| ()));
    let mut changed = dag("d", "a > c; c", |_| ());
    changed.dag_hash = "v2".to_owned();
    world.set_dag(changed);
    world.step();
    assert_eq!(world.states(&run), "a=queued b=removed c=None");
    assert_eq!(world.row(&run, "b").end_date, None);
    assert_eq!(world.runs[&run].dag_hash.as_deref(), Some("v2"));
    world.set_dag(dag("d", "a > b; b", |_| ()));
    world.step();
    assert_eq!(world.states(&run), "a=queued b=None c=removed");
    world.finish(&run, "a", State::Success);
    world.finish(&run, "b", State::Success);
    assert_eq!(world.run_state(&run), DagRunState::Success);
}

#[test]
fn tasks_outside_of_the_runs_date_get_no_row() {
    let (mut world, run) = World::with_run(dag("d", "a", |_| ()));
    let mut changed = dag("d", "a; early; late; inside", |task| {
        match task.task_id.as_str() {
            "early" => task.end_date = Some(at("2024-04-30")),
            "late" => task.start_date = Some(at("2024-05-02")),
            "inside" => {
                (task.start_date, task.end_date) = (Some(at("2024-05-01")), Some(at("2024-05-01")));
            }
            _ => {}
        }
    });
    changed.dag_hash = "v2".to_owned();
    world.set_dag(changed);
    world.step();
    assert_eq!(world.states(&run), "a=queued inside=queued");
}

#[test]
fn runs_of_unknown_and_inactive_dags_are_left_alone() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b", |_| ()));
    world.change_dag("d", |entry| entry.is_active = false);
    world.finish(&run, "a", State::Success);
    assert_eq!(world.states(&run), "a=success b=None");
    world.change_dag("d", |entry| (entry.is_active, entry.dag) = (true, None));
    world.step();
    assert_eq!(world.states(&run), "a=success b=None");
    world.set_dag(dag("d", "a > b; b", |_| ()));
    world.step();
    assert_eq!(world.states(&run), "a=success b=queued");
}

#[test]
fn a_dag_that_is_gone_is_forgotten_with_its_runs() {
    let (mut world, run) = World::with_run(dag("d", "a", |_| ()));
    world.snapshot.observe(Observation::DagGone("d".into()));
    assert!(plan(&world.snapshot, &world.limits, world.now).is_idle());
    world.snapshot.observe(Observation::RunGone(run));
    assert_eq!(world.snapshot.runs().count(), 0);
    assert!(world.snapshot.dag_state(&"d".into()).is_none());
}

#[test]
fn a_refused_plan_is_made_again() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b", |_| ()));
    world.set(&run, "a", State::Success);
    let refused = world.plan();
    assert_eq!(refused.queue.len(), 1);
    assert!(plan(&world.snapshot, &world.limits, world.now).is_idle());
    world.snapshot.observe(Observation::RunDirty(run.clone()));
    assert_eq!(world.plan().queue, refused.queue);
}

#[test]
fn custom_dependencies_wait_for_their_answer() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b", |task| {
        if task.task_id.as_str() == "b" {
            task.custom_deps = vec!["plugin.Dep".to_owned()];
        }
    }));
    world.set(&run, "a", State::Success);
    let plan = world.plan();
    assert!(plan.is_idle());
    assert!(
        matches!(&plan.evaluate[..], [Evaluate::Dependencies { task_id, .. }] if task_id.as_str() == "b")
    );
    let answer = |met| Observation::Dependencies {
        run: run.clone(),
        task_id: "b".into(),
        map_index: crate::MapIndex::UNMAPPED,
        met,
    };
    world.snapshot.observe(answer(false));
    assert!(crate::planner::plan(&world.snapshot, &world.limits, world.now).is_idle());
    world.snapshot.observe(answer(true));
    let plan = crate::planner::plan(&world.snapshot, &world.limits, world.now);
    assert_eq!(plan.queue[0].task_id.as_str(), "b");
    world.apply(&plan);
    world.snapshot.settle(&plan);
    // A new try may find other circumstances.
    world.set(&run, "b", State::NoStatus);
    let plan = crate::planner::plan(&world.snapshot, &world.limits, world.now);
    assert_eq!(plan.evaluate.len(), 1);
    assert!(plan.is_idle());
}

#[test]
fn a_cleared_run_goes_on() {
    let (mut world, run) = World::with_run(dag("d", "a > b; b", |_| ()));
    world.finish(&run, "a", State::Failed);
    assert_eq!(world.run_state(&run), DagRunState::Failed);
    for task in ["a", "b"] {
        world.row_mut(&run, task).state = State::NoStatus;
    }
    let row = world.runs.get_mut(&run).unwrap();
    (row.state, row.start_date) = (DagRunState::Queued, None);
    world.reload(&run);
    world.step();
    assert_eq!(world.states(&run), "a=queued b=None");
    assert_eq!(world.row(&run, "a").try_number, 2);
}
