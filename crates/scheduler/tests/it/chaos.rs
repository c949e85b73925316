//! Deaths at seeded moments under load.

use rstest::rstest;
use serde_json::json;
use updraft_scheduler::ProcessIdentity;
use updraft_test_support::Engine;

use crate::{dag::TestDag, world::World};

/// Numbers that look random and are the same every time.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

fn loaded_dag() -> TestDag {
    let mut dag = TestDag::new("load")
        .task("first")
        .empty("gate")
        .task("last")
        .edge("first", "gate");
    for number in 0..20 {
        let task_id = format!("t{number:02}");
        dag = dag
            .task_with(&task_id, json!({"priority_weight": number}))
            .edge("gate", &task_id)
            .edge(&task_id, "last");
    }
    dag
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_run_reaches_its_end_and_no_try_begins_twice(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(1, 2, 3, 4, 5)] seed: u64,
) {
    let mut world = World::new(engine).await;
    let mut seeded = Seeded(seed);
    world.parallelism = 4;
    world.store(&loaded_dag()).await;
    for run_id in ["one", "two"] {
        world.trigger("load", run_id).await;
    }
    // Dead processes of this host: their successor need not wait for a time-out.
    let this = ProcessIdentity::current().unwrap();
    world.host.process = Some(ProcessIdentity {
        pid_start_time: this.pid_start_time - 1,
        ..this
    });
    for _ in 0..6 {
        world.start(|_| ()).await;
        for _ in 0..=seeded.next(12) {
            if world.next_event().await.is_none() {
                break;
            }
        }
        world.kill().await;
    }
    world.start(|_| ()).await;
    // Tries that were running when their worker died are lost after a while.
    world.all_runs_end().await;

    let unfinished = world
        .scalar("SELECT COUNT(*) FROM dag_run WHERE state <> 'success'")
        .await;
    let states = (world.states("one").await, world.states("two").await);
    assert_eq!(unfinished, 0, "{states:#?}");
    let incomplete = world
        .scalar("SELECT COUNT(*) FROM task_instance WHERE state <> 'success'")
        .await;
    assert_eq!(incomplete, 0);
    let begun_twice = world
        .scalar(
            "SELECT COUNT(*) FROM (
                 SELECT task_id FROM log WHERE event = 'running'
                 GROUP BY run_id, task_id, try_number HAVING COUNT(*) > 1) AS twice",
        )
        .await;
    assert_eq!(begun_twice, 0);
    let run_after_success = world
        .scalar(
            "SELECT COUNT(*) FROM log s
             JOIN log r ON r.run_id = s.run_id AND r.task_id = s.task_id AND r.id > s.id
             WHERE s.event = 'success' AND r.event = 'running'",
        )
        .await;
    assert_eq!(run_after_success, 0);
    let before_its_time = world
        .scalar(
            "SELECT COUNT(*) FROM log l
             JOIN log o ON o.run_id = l.run_id AND o.event = 'running' AND o.task_id <> 'last'
             WHERE l.event = 'running' AND l.task_id = 'last' AND o.id > l.id",
        )
        .await;
    assert_eq!(before_its_time, 0);
}
