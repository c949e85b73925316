//! Pools and the other limits.

use rstest::rstest;
use serde_json::json;
use updraft_core::state::DagRunState;
use updraft_test_support::Engine;

use crate::{dag::TestDag, worker::Outcome, world::World};

const RUNNING_OR_QUEUED: &str =
    "SELECT COUNT(*) FROM task_instance WHERE state IN ('queued', 'running')";

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_bounds_what_runs_at_once(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world
        .execute(
            "INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('narrow', 1, FALSE)",
            |query| query,
        )
        .await;
    let dag = TestDag::new("pool")
        .task_with("a", json!({"pool": "narrow", "priority_weight": 2}))
        .task_with("b", json!({"pool": "narrow"}));
    world.store(&dag).await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("pool", "one").await;
    world.task_starts("a").await;
    assert_eq!(world.scalar(RUNNING_OR_QUEUED).await, 1);
    world.worker().release("a", Outcome::Success).await;
    world.run_ends("one", DagRunState::Success).await;
    world
        .assert_states("one", &[("a", "success", 1), ("b", "success", 1)])
        .await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_filled_behind_our_back_is_seen_under_its_lock(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.intervals.poll = jiff::SignedDuration::from_hours(1);
    world
        .execute(
            "INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('narrow', 1, FALSE)",
            |query| query,
        )
        .await;
    let dag = TestDag::new("pool")
        .task("a")
        .task_with("b", json!({"pool": "narrow"}))
        .edge("a", "b");
    world.store(&dag).await;
    world.store(&TestDag::new("other").task("x")).await;
    world.trigger("pool", "one").await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.task_starts("a").await;
    // Another scheduler queues into the pool; nobody tells ours.
    world.trigger_silently("other", "two", "x", "narrow").await;
    world.worker().release("a", Outcome::Success).await;
    world.task_ends("a").await;
    world.advance(1);
    world.until_quiet().await;
    let states = world.states("one").await;
    assert_ne!(states["b"].0, "queued");
    assert_ne!(states["b"].0, "running");
    world
        .execute(
            "UPDATE task_instance SET state = 'success' WHERE task_id = 'x'",
            |query| query,
        )
        .await;
    world.advance(31);
    world.run_ends("one", DagRunState::Success).await;
}

/// Another scheduler queues a task instance that counts, and nobody tells ours.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_reached_behind_our_back_is_seen_under_the_lock(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(
        "max_active_tasks",
        "max_active_tis_per_dag",
        "max_active_tis_per_dagrun"
    )]
    limit: &str,
) {
    let mut world = World::new(engine).await;
    world.intervals.poll = jiff::SignedDuration::from_hours(1);
    let mut dag = TestDag::new("limited")
        .task("a")
        .task_with("b", json!({limit: 1}))
        .edge("a", "b");
    if limit == "max_active_tasks" {
        dag = dag.set("_max_active_tasks", json!(1));
    }
    world.store(&dag).await;
    world.trigger("limited", "one").await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.task_starts("a").await;
    world.clock.advance(std::time::Duration::from_secs(1));
    world
        .trigger_silently("limited", "two", "b", "default_pool")
        .await;
    if limit == "max_active_tis_per_dagrun" {
        world
            .execute(
                "UPDATE task_instance
                 SET run_id = 'one', map_index = 7, updated_at = '2000-01-01 00:00:00.000000'
                 WHERE run_id = 'two'",
                |query| query,
            )
            .await;
    }
    world.worker().release("a", Outcome::Success).await;
    world.task_ends("a").await;
    world.until_quiet().await;
    let queued = "SELECT COUNT(*) FROM task_instance
         WHERE run_id = 'one' AND task_id = 'b' AND map_index = -1
           AND state IN ('queued', 'running', 'success')";
    assert_eq!(world.scalar(queued).await, 0);
    world
        .execute(
            "UPDATE task_instance SET state = 'success' WHERE state = 'queued'",
            |query| query,
        )
        .await;
    world.advance(31);
    world.run_ends("one", DagRunState::Success).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn parallelism_bounds_this_scheduler(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.parallelism = 2;
    world
        .store(&TestDag::new("wide").task("a").task("b").task("c"))
        .await;
    world
        .start(|worker| {
            for task_id in ["a", "b", "c"] {
                worker.will(task_id, 1, Outcome::Hold);
            }
        })
        .await;
    world.trigger("wide", "one").await;
    world.task_starts("a").await;
    world.task_starts("b").await;
    assert_eq!(world.scalar(RUNNING_OR_QUEUED).await, 2);
    world.worker().release("a", Outcome::Success).await;
    world.task_starts("c").await;
    world.worker().release("b", Outcome::Success).await;
    world.worker().release("c", Outcome::Success).await;
    world.run_ends("one", DagRunState::Success).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn max_active_runs_keeps_runs_queued(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let dag = TestDag::new("one_at_a_time")
        .task("a")
        .set("max_active_runs", json!(1));
    world.store(&dag).await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("one_at_a_time", "one").await;
    world.task_starts("a").await;
    world.worker().will("a", 1, Outcome::Success);
    world.trigger("one_at_a_time", "two").await;
    assert_eq!(
        world
            .scalar("SELECT COUNT(*) FROM dag_run WHERE state = 'queued'")
            .await,
        1
    );
    world.worker().release("a", Outcome::Success).await;
    world.run_ends("one", DagRunState::Success).await;
    world.run_ends("two", DagRunState::Success).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn runs_that_keep_failing_pause_their_dag(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let dag = TestDag::new("failing")
        .task("a")
        .set("max_consecutive_failed_dag_runs", json!(2));
    world.store(&dag).await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Failed))
        .await;
    world.trigger("failing", "one").await;
    world.run_ends("one", DagRunState::Failed).await;
    world.trigger("failing", "two").await;
    world.run_ends("two", DagRunState::Failed).await;
    world
        .until(|event| {
            matches!(
                event,
                updraft_scheduler::Event::DagPaused { failed_runs: 2, .. }
            )
        })
        .await;
    let paused = world
        .scalar(
            "SELECT COUNT(*) FROM dag d JOIN log l ON l.dag_id = d.dag_id
             WHERE d.is_paused AND l.event = 'paused' AND l.owner = 'scheduler'",
        )
        .await;
    assert_eq!(paused, 1);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_sequential_executor_runs_one_task_at_a_time(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.sequential = true;
    world.store(&TestDag::new("wide").task("a").task("b")).await;
    world
        .start(|worker| {
            worker.will("a", 1, Outcome::Hold);
            worker.will("b", 1, Outcome::Hold);
        })
        .await;
    world.trigger("wide", "one").await;
    world.task_starts("a").await;
    world.until_quiet().await;
    assert_eq!(world.scalar(RUNNING_OR_QUEUED).await, 1);
    world.worker().release("a", Outcome::Success).await;
    world.task_starts("b").await;
    world.worker().release("b", Outcome::Success).await;
    world.run_ends("one", DagRunState::Success).await;
}
