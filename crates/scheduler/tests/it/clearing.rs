//! What people do to runs while they run.

use rstest::rstest;
use updraft_core::state::DagRunState;
use updraft_metadata_db::DbTimestamp;
use updraft_test_support::Engine;

use crate::{dag::TestDag, worker::Outcome, world::World};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_cleared_run_runs_again(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.store(&TestDag::new("clear").chain(&["a", "b"])).await;
    world.start(|_| ()).await;
    world.trigger("clear", "one").await;
    world.run_ends("one", DagRunState::Success).await;
    let now = DbTimestamp(world.clock.now());
    world
        .execute(
            "UPDATE task_instance SET state = NULL, max_tries = try_number, updated_at = $1
             WHERE task_id = 'b'",
            |query| query.bind(now),
        )
        .await;
    world
        .execute(
            "UPDATE dag_run SET state = 'queued', start_date = NULL, queued_at = $1,
                 clear_number = clear_number + 1, updated_at = $1",
            |query| query.bind(now),
        )
        .await;
    world.advance(1);
    world.run_ends("one", DagRunState::Success).await;
    world
        .assert_states("one", &[("a", "success", 1), ("b", "success", 2)])
        .await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_task_marked_success_lets_the_run_go_on(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.store(&TestDag::new("mark").chain(&["a", "b"])).await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("mark", "one").await;
    world.task_starts("a").await;
    let now = DbTimestamp(world.clock.now());
    world
        .execute(
            "UPDATE task_instance SET state = 'success', end_date = $1, updated_at = $1
             WHERE task_id = 'a'",
            |query| query.bind(now),
        )
        .await;
    world.advance(1);
    world.run_ends("one", DagRunState::Success).await;
    // The process learns late that it was overruled.
    world.worker().release("a", Outcome::Failed).await;
    world.until_quiet().await;
    world
        .assert_states("one", &[("a", "success", 1), ("b", "success", 1)])
        .await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_deleted_under_us_is_forgotten(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.store(&TestDag::new("gone").chain(&["a", "b"])).await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("gone", "one").await;
    world.task_starts("a").await;
    world.execute("DELETE FROM dag_run", |query| query).await;
    world.worker().release("a", Outcome::Success).await;
    world.advance(1);
    world.until_quiet().await;
    world.worker().will("a", 1, Outcome::Success);
    world.trigger("gone", "two").await;
    world.run_ends("two", DagRunState::Success).await;
    assert!(world.states("one").await.is_empty());
}
