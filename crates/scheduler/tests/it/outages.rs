//! A database that goes away and comes back.

use std::{sync::Arc, time::Duration};

use rstest::rstest;
use updraft_core::state::DagRunState;
use updraft_metadata_db::{ConnectOptions, Db};
use updraft_scheduler::Event;
use updraft_test_support::{Engine, PrivatePostgres, Shutdown, SilentProxy, TestDatabase};

use crate::{dag::TestDag, worker::Outcome, world::World};

#[rstest]
#[case::fast(Shutdown::Fast)]
#[case::crash(Shutdown::Immediate)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_after_an_outage(#[case] shutdown: Shutdown) {
    let server = PrivatePostgres::start().await.unwrap();
    let mut world = World::on(Arc::new(server.database().await));
    world
        .store(&TestDag::new("outage").chain(&["a", "b"]))
        .await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("outage", "one").await;
    world.task_starts("a").await;
    server.stop(shutdown).await.unwrap();
    // Longer than a zombie may be silent: nobody could give a sign of life.
    world.advance(600);
    server.resume().await.unwrap();
    world.until_quiet().await;
    world.pass(20).await;
    world.worker().release("a", Outcome::Success).await;
    world.run_ends("one", DagRunState::Success).await;
    world
        .assert_states("one", &[("a", "success", 1), ("b", "success", 1)])
        .await;
}

#[rstest]
#[case::that_was_noticed(true)]
#[case::that_was_not_noticed_yet(false)]
#[tokio::test(flavor = "multi_thread")]
async fn a_scheduler_may_stop_in_an_outage(#[case] is_noticed: bool) {
    let server = PrivatePostgres::start().await.unwrap();
    let mut world = World::on(Arc::new(server.database().await));
    world.store(&TestDag::new("outage").task("a")).await;
    world.start(|_| ()).await;
    server.stop(Shutdown::Immediate).await.unwrap();
    world.advance(600);
    if is_noticed {
        world
            .until(|event| matches!(event, Event::DatabaseTrouble { .. }))
            .await;
    }
    world.drain().await;
}

/// A router forgets the connections, and nobody says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_is_not_answered_is_an_outage() {
    let mut database = TestDatabase::new(Engine::Postgres).await;
    let proxy = SilentProxy::start(&database.url).await.unwrap();
    let options = ConnectOptions {
        answer_timeout: Some(Duration::from_millis(300)),
        ..ConnectOptions::default()
    };
    database.db = Db::connect(&proxy.url, &options).await.unwrap();
    let mut world = World::on(Arc::new(database));
    world
        .store(&TestDag::new("silent").chain(&["a", "b"]))
        .await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("silent", "one").await;
    world.task_starts("a").await;
    proxy.vanish();
    world.advance(600);
    world
        .until(|event| matches!(event, Event::DatabaseTrouble { .. }))
        .await;
    proxy.come_back();
    world.until_quiet().await;
    world.worker().release("a", Outcome::Success).await;
    world.run_ends("one", DagRunState::Success).await;
    world
        .assert_states("one", &[("a", "success", 1), ("b", "success", 1)])
        .await;
}

/// The supervisor on another host may live: it had no database to say so, and has had no time since.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn silence_before_the_scheduler_s_start_does_not_count(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.store(&TestDag::new("silence").task("a")).await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("silence", "one").await;
    world.task_starts("a").await;
    world.kill().await;
    world.advance(600);
    world.start(|_| ()).await;
    world.pass(280).await;
    world.assert_states("one", &[("a", "running", 1)]).await;
    world.pass(40).await;
    world.run_ends("one", DagRunState::Success).await;
    world.assert_states("one", &[("a", "success", 2)]).await;
}
