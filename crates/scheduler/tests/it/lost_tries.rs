//! Tries that died with their worker.

use rstest::rstest;
use serde_json::json;
use updraft_core::state::DagRunState;
use updraft_metadata_db::Source;
use updraft_test_support::Engine;

use crate::{dag::TestDag, worker::Outcome, world::World};

/// A task with one retry, an hour apart; its first tries never end.
async fn world_that_loses(engine: Engine, tries: i32) -> World {
    let mut world = World::new(engine).await;
    let patient = json!({"retries": 1, "retry_delay": 3600.0});
    world
        .store(&TestDag::new("lost").task_with("a", patient))
        .await;
    world
        .start(|worker| {
            for try_number in 1..=tries {
                worker.will("a", try_number, Outcome::Elsewhere);
            }
        })
        .await;
    world.trigger("lost", "one").await;
    world
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_successor_of_a_lost_try_waits_for_no_retry_delay(#[case] engine: Engine) {
    let mut world = world_that_loses(engine, 1).await;
    world.task_starts("a").await;
    world.pass(320).await;
    // Time stands still from here on.
    world.run_ends("one", DagRunState::Success).await;
    world.assert_states("one", &[("a", "success", 2)]).await;
    let retries_left = world
        .scalar("SELECT CAST(max_tries - try_number + 1 AS BIGINT) FROM task_instance")
        .await;
    assert_eq!(retries_left, 1);
    let history: Vec<(i32, i32, String)> = world
        .db()
        .query("SELECT try_number, max_tries, state FROM task_instance_history")
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(history, [(1, 1, "failed".to_owned())]);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_task_s_own_retry_still_waits(#[case] engine: Engine) {
    let mut world = world_that_loses(engine, 1).await;
    world.task_starts("a").await;
    world.worker().will("a", 2, Outcome::Failed);
    world.pass(320).await;
    world.task_ends("a").await;
    world
        .assert_states("one", &[("a", "up_for_retry", 2)])
        .await;
    world.advance(3601);
    world.run_ends("one", DagRunState::Success).await;
    world.assert_states("one", &[("a", "success", 3)]).await;
}

/// Stock's worker leaves no row in tables of ours.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn tries_that_another_worker_lost_are_run_again_three_times(#[case] engine: Engine) {
    let mut world = world_that_loses(engine, 9).await;
    for _ in 0..4 {
        world.task_starts("a").await;
        let mut tx = world.db().begin().await.unwrap();
        tx.query("DELETE FROM updraft_task_try WHERE ended_at IS NULL")
            .execute()
            .await
            .unwrap();
        tx.commit().await.unwrap();
        world.pass(320).await;
    }
    // The fourth loss is a failure of the task, which has a retry of its own.
    world
        .assert_states("one", &[("a", "up_for_retry", 4)])
        .await;
    let foreign = world
        .scalar("SELECT COUNT(*) FROM updraft_task_try WHERE supervisor_id = ''")
        .await;
    assert_eq!(foreign, 4);
}
