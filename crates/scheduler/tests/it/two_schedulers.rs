//! Two schedulers on one database.

use updraft_core::state::DagRunState;
use updraft_test_support::Engine;

use crate::{dag::TestDag, world::World};

/// On SQLite only one process schedules.
#[tokio::test(flavor = "multi_thread")]
async fn they_share_the_work_and_keep_to_the_pool_together() {
    let mut one = World::new(Engine::Postgres).await;
    one.execute(
        "INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('narrow', 3, FALSE)",
        |query| query,
    )
    .await;
    let mut dag = TestDag::new("shared");
    for number in 0..30 {
        dag = dag.task_with(
            &format!("t{number:02}"),
            serde_json::json!({"pool": "narrow"}),
        );
    }
    one.store(&dag).await;
    let mut two = World::beside(&one);
    one.start(|_| ()).await;
    two.start(|_| ()).await;
    for run_id in ["first", "second"] {
        one.trigger("shared", run_id).await;
        two.advance(1);
    }
    one.finish_with(&two, &["first", "second"], DagRunState::Success)
        .await;
    let begun = one
        .scalar("SELECT COUNT(*) FROM log WHERE event = 'running'")
        .await;
    assert_eq!(begun, 60);
    let peak = one.worker().peak().max(two.worker().peak());
    assert!((1..=3).contains(&peak), "{peak} task instances in 3 slots");
}
