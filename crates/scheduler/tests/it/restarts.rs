//! Schedulers that die, and their successors.

use rstest::rstest;
use serde_json::json;
use updraft_core::{failure::OnWorkerLoss, state::DagRunState};
use updraft_metadata_db::supervision::CallbackKind;
use updraft_scheduler::ProcessIdentity;
use updraft_test_support::Engine;

use crate::{dag::TestDag, worker::Outcome, world::World};

/// A process that had this one's number before it.
fn dead_process() -> ProcessIdentity {
    let this = ProcessIdentity::current().unwrap();
    ProcessIdentity {
        pid_start_time: this.pid_start_time - 1,
        ..this
    }
}

/// A running scheduler with the run `one` of a DAG whose one task, `a`, first comes to `outcome`.
async fn one_task(mut world: World, dag: TestDag, outcome: Outcome) -> World {
    world.store(&dag).await;
    world.start(|worker| worker.will("a", 1, outcome)).await;
    world.trigger(&dag.dag_id, "one").await;
    world
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_predecessor_queued_runs_under_the_same_try(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.host.process = Some(dead_process());
    world
        .store(&TestDag::new("restart").chain(&["a", "b"]))
        .await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Drop))
        .await;
    world.trigger("restart", "one").await;
    world.until_state("a", "queued").await;
    let first_job = world.job_id();
    world.kill().await;
    world.host.process = ProcessIdentity::current();
    world.start(|_| ()).await;
    world.run_ends("one", DagRunState::Success).await;
    world
        .assert_states("one", &[("a", "success", 1), ("b", "success", 1)])
        .await;
    let states: Vec<(i32, String)> = updraft_metadata_db::Source::query(
        world.db(),
        "SELECT id, state FROM job WHERE job_type = 'SchedulerJob' ORDER BY id",
    )
    .fetch_all()
    .await
    .unwrap();
    assert_eq!(
        states,
        [
            (first_job, "failed".to_owned()),
            (world.job_id(), "running".to_owned())
        ]
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_scheduler_is_taken_for_dead_after_its_threshold(#[case] engine: Engine) {
    let world = World::new(engine).await;
    let dag = TestDag::new("silent").task("a");
    let mut world = one_task(world, dag, Outcome::Drop).await;
    world.until_state("a", "queued").await;
    world.kill().await;
    world.start(|_| ()).await;
    world.until_quiet().await;
    world.assert_states("one", &[("a", "queued", 1)]).await;
    world.pass(40).await;
    world.run_ends("one", DagRunState::Success).await;
    world.assert_states("one", &[("a", "success", 1)]).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_at_any_point_of_a_chain_loses_nothing(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let tasks = ["a", "b", "c", "d", "e"];
    world.store(&TestDag::new("chain").chain(&tasks)).await;
    world.host.process = Some(dead_process());
    world.trigger("chain", "one").await;
    for task_id in tasks {
        world
            .start(|worker| worker.will(task_id, 1, Outcome::Drop))
            .await;
        world.until_state(task_id, "queued").await;
        world.kill().await;
    }
    world.start(|_| ()).await;
    world.run_ends("one", DagRunState::Success).await;
    let states = world.states("one").await;
    assert!(
        states
            .values()
            .all(|(state, tries)| state == "success" && *tries == 1)
    );
    let claims = world
        .scalar("SELECT COUNT(*) FROM log WHERE event = 'running'")
        .await;
    assert_eq!(claims, 5);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_drain_waits_for_running_tasks_and_starts_no_more(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.store(&TestDag::new("drain").chain(&["a", "b"])).await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("drain", "one").await;
    world.task_starts("a").await;
    world.begin_drain();
    world.worker().release("a", Outcome::Success).await;
    world.drain().await;
    let states = world.states("one").await;
    assert_eq!(states["a"], ("success".to_owned(), 1));
    assert_ne!(states["b"].0, "queued");
    let ended = world
        .scalar("SELECT COUNT(*) FROM job WHERE job_type = 'SchedulerJob' AND state = 'success'")
        .await;
    assert_eq!(ended, 1);
    world.start(|_| ()).await;
    world.run_ends("one", DagRunState::Success).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_stays_queued_is_queued_again(#[case] engine: Engine) {
    let world = World::new(engine).await;
    let dag = TestDag::new("stuck").task("a");
    let mut world = one_task(world, dag, Outcome::Drop).await;
    world.worker().dropped().await;
    world.worker().will("a", 1, Outcome::Success);
    world.advance(721);
    world.run_ends("one", DagRunState::Success).await;
    world.assert_states("one", &[("a", "success", 1)]).await;
    let logged = world
        .scalar("SELECT COUNT(*) FROM log WHERE event = 'stuck in queued reschedule'")
        .await;
    assert_eq!(logged, 1);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_running_task_without_a_sign_of_life_is_lost_and_run_again(#[case] engine: Engine) {
    let world = World::new(engine).await;
    let dag = TestDag::new("zombie").task("a");
    let mut world = one_task(world, dag, Outcome::Elsewhere).await;
    world.task_starts("a").await;
    world.pass(320).await;
    world.run_ends("one", DagRunState::Success).await;
    world.assert_states("one", &[("a", "success", 2)]).await;
    let logged = world
        .scalar("SELECT COUNT(*) FROM log WHERE event = 'heartbeat timeout'")
        .await;
    assert_eq!(logged, 1);
}

/// Its process lives, so a successor would run beside it.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_task_of_our_own_executor_is_ended_before_it_runs_again(#[case] engine: Engine) {
    let world = World::new(engine).await;
    let dag = TestDag::new("zombie").task("a");
    let mut world = one_task(world, dag, Outcome::Hold).await;
    world.task_starts("a").await;
    world.pass(320).await;
    // What its supervisor writes after the signal is not overruled.
    world.run_ends("one", DagRunState::Failed).await;
    world.assert_states("one", &[("a", "failed", 1)]).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_try_fails_where_that_is_the_rule_and_its_callback_is_run(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.on_worker_loss = OnWorkerLoss::Fail;
    let dag = TestDag::new("zombie").task_with(
        "a",
        json!({"on_failure_callback": "def tell(context): ...", "run_as_user": "etl"}),
    );
    let mut world = one_task(world, dag, Outcome::Elsewhere).await;
    world.task_starts("a").await;
    world.pass(320).await;
    world.run_ends("one", DagRunState::Failed).await;
    world.assert_states("one", &[("a", "failed", 1)]).await;
    let callback = world.callback().await;
    assert_eq!(callback.kind, CallbackKind::OnFailure);
    assert_eq!(callback.key.task_id.as_str(), "a");
    assert_eq!(callback.try_number, 1);
    assert_eq!(callback.path, "/dags/zombie.py");
    assert_eq!(callback.run_as_user.as_deref(), Some("etl"));
}
