//! A database that goes away and comes back.

use std::sync::Arc;

use rstest::rstest;
use updraft_core::state::DagRunState;
use updraft_test_support::{PrivatePostgres, Shutdown};

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
