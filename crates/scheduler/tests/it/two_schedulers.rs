//! Two schedulers on one database.

use serde_json::json;
use updraft_core::state::DagRunState;
use updraft_test_support::Engine;

use crate::{dag::TestDag, world::World};

/// Two schedulers with a DAG of 30 tasks in the pool `narrow`.
async fn share(slots: i32, max_active_tasks: u32) {
    let mut one = World::new(Engine::Postgres).await;
    one.execute(
        "INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('narrow', $1, FALSE)",
        |query| query.bind(slots),
    )
    .await;
    let mut dag = TestDag::new("shared").set("_max_active_tasks", json!(max_active_tasks));
    for number in 0..30 {
        dag = dag.task_with(&format!("t{number:02}"), json!({"pool": "narrow"}));
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
    assert!((1..=3).contains(&peak), "{peak} task instances at once");
}

/// On SQLite only one process schedules.
#[tokio::test(flavor = "multi_thread")]
async fn they_share_the_work_and_keep_to_the_pool_together() {
    share(3, 100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_keep_to_the_dag_s_limit_together() {
    share(100, 3).await;
}
