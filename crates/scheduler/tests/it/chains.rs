//! Runs from their trigger to their end.

use rstest::rstest;
use serde_json::json;
use updraft_core::state::DagRunState;
use updraft_test_support::Engine;

use crate::{dag::TestDag, worker::Outcome, world::World};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_runs_task_by_task(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world
        .store(&TestDag::new("chain").chain(&["a", "b", "c"]).compressed())
        .await;
    world.start(|_| ()).await;
    world.trigger("chain", "one").await;
    world.run_ends("one", DagRunState::Success).await;
    world
        .assert_states(
            "one",
            &[
                ("a", "success", 1),
                ("b", "success", 1),
                ("c", "success", 1),
            ],
        )
        .await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_fan_out_runs_side_by_side(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let mut dag = TestDag::new("fan").task("first").task("last");
    let middle: Vec<String> = (0..40).map(|number| format!("m{number:02}")).collect();
    for task_id in &middle {
        dag = dag.task(task_id);
    }
    for task_id in &middle {
        dag = dag.edge("first", task_id).edge(task_id, "last");
    }
    world.store(&dag).await;
    world.start(|_| ()).await;
    world.trigger("fan", "one").await;
    world.run_ends("one", DagRunState::Success).await;
    let states = world.states("one").await;
    assert_eq!(states.len(), 42);
    assert!(
        states
            .values()
            .all(|(state, tries)| state == "success" && *tries == 1)
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn empty_operators_need_no_worker(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let dag = TestDag::new("empty").empty("a").empty("b").edge("a", "b");
    world.store(&dag).await;
    world.start(|_| ()).await;
    world.trigger("empty", "one").await;
    world.run_ends("one", DagRunState::Success).await;
    world
        .assert_states("one", &[("a", "success", 1), ("b", "success", 1)])
        .await;
    let dated = world
        .scalar(
            "SELECT COUNT(*) FROM task_instance
             WHERE start_date = end_date AND duration = 0 AND hostname = ''",
        )
        .await;
    assert_eq!(dated, 2);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn rows_name_the_operator_but_not_its_decorator(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let decorated = json!({"_operator_name": "@task.bash", "ui_color": "#fff"});
    world
        .store(&TestDag::new("names").task_with("a", decorated))
        .await;
    world.start(|_| ()).await;
    world.trigger("names", "one").await;
    world.run_ends("one", DagRunState::Success).await;
    let as_airflow_makes_them = world
        .scalar(
            "SELECT COUNT(*) FROM task_instance
             WHERE operator = 'BashOperator' AND custom_operator_name IS NULL",
        )
        .await;
    assert_eq!(as_airflow_makes_them, 1);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_try_is_retried_after_its_delay(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let dag = TestDag::new("retry").task_with("a", json!({"retries": 1, "retry_delay": 60.0}));
    world.store(&dag).await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Failed))
        .await;
    world.trigger("retry", "one").await;
    world.task_ends("a").await;
    world
        .assert_states("one", &[("a", "up_for_retry", 1)])
        .await;
    world.advance(61);
    world.run_ends("one", DagRunState::Success).await;
    world.assert_states("one", &[("a", "success", 2)]).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_fails_what_follows_and_the_run(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world
        .store(&TestDag::new("fail").chain(&["a", "b", "c"]))
        .await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Failed))
        .await;
    world.trigger("fail", "one").await;
    world.run_ends("one", DagRunState::Failed).await;
    world
        .assert_states(
            "one",
            &[
                ("a", "failed", 1),
                ("b", "upstream_failed", 0),
                ("c", "upstream_failed", 0),
            ],
        )
        .await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_rescheduled_sensor_goes_on_under_the_same_try(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let dag = TestDag::new("sensor").task_with(
        "wait",
        json!({"_is_sensor": true, "reschedule": true, "mode": "reschedule"}),
    );
    world.store(&dag).await;
    world
        .start(|worker| worker.will("wait", 1, Outcome::Reschedule(30)))
        .await;
    world.trigger("sensor", "one").await;
    world.task_ends("wait").await;
    world
        .assert_states("one", &[("wait", "up_for_reschedule", 1)])
        .await;
    world.worker().will("wait", 1, Outcome::Success);
    world.advance(31);
    world.run_ends("one", DagRunState::Success).await;
    world.assert_states("one", &[("wait", "success", 1)]).await;
}
