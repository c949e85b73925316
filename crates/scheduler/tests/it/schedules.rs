//! Runs that the scheduler creates.

use rstest::rstest;
use serde_json::json;
use updraft_core::state::DagRunState;
use updraft_test_support::Engine;

use crate::{dag::TestDag, worker::Outcome, world::World};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn catchup_creates_every_due_run(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world
        .store(
            &TestDag::daily("daily")
                .task("a")
                .set("catchup", json!(true)),
        )
        .await;
    world.advance(3 * 86_400);
    world
        .set_next_dagrun("daily", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
        .await;
    world.start(|_| ()).await;
    for day in 1..=3 {
        let run_id = format!("scheduled__2024-01-0{day}T00:00:00+00:00");
        world.run_ends(&run_id, DagRunState::Success).await;
    }
    let next = world
        .scalar(
            "SELECT COUNT(*) FROM dag
             WHERE next_dagrun = '2024-01-04 00:00:00.000000'
               AND next_dagrun_create_after = '2024-01-05 00:00:00.000000'",
        )
        .await;
    assert_eq!(next, 1);
    let complete = world
        .scalar(
            "SELECT COUNT(*) FROM dag_run
             WHERE run_type = 'scheduled' AND creating_job_id IS NOT NULL AND NOT external_trigger
               AND log_template_id IS NOT NULL AND dag_hash IS NOT NULL",
        )
        .await;
    assert_eq!(complete, 3);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_created_when_its_time_comes(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.store(&TestDag::daily("daily").task("a")).await;
    world
        .set_next_dagrun("daily", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
        .await;
    world.start(|_| ()).await;
    assert_eq!(world.scalar("SELECT COUNT(*) FROM dag_run").await, 0);
    world.advance(86_400);
    world
        .run_ends("scheduled__2024-01-01T00:00:00+00:00", DagRunState::Success)
        .await;
}

/// Between reading the DAG and writing its next run, somebody else wrote another one.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_somebody_else_moved_on_is_not_moved_back(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.intervals.poll = jiff::SignedDuration::from_hours(24);
    world.intervals.dags = jiff::SignedDuration::from_hours(24);
    let dag = TestDag::daily("daily")
        .task("a")
        .set("max_active_runs", json!(1));
    world.store(&dag).await;
    world.advance(20 * 86_400);
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.task_starts("a").await;
    world.until_quiet().await;
    // The run holds the schedule back. Nobody tells of this change.
    let moved = world
        .execute(
            "UPDATE dag
             SET next_dagrun = '2024-02-01 00:00:00.000000',
                 next_dagrun_create_after = '2024-02-02 00:00:00.000000'
             WHERE next_dagrun_create_after IS NULL",
            |query| query,
        )
        .await;
    assert_eq!(moved, 1);
    world.worker().will("a", 1, Outcome::Success);
    world.worker().release("a", Outcome::Success).await;
    world
        .run_ends("scheduled__2024-01-20T00:00:00+00:00", DagRunState::Success)
        .await;
    world.until_quiet().await;
    let kept = "SELECT COUNT(*) FROM dag
         WHERE next_dagrun = '2024-02-01 00:00:00.000000'
           AND next_dagrun_create_after = '2024-02-02 00:00:00.000000'";
    assert_eq!(world.scalar(kept).await, 1);
    // It was read again.
    world.advance(13 * 86_400);
    world
        .run_ends("scheduled__2024-02-01T00:00:00+00:00", DagRunState::Success)
        .await;
}

/// Such a run takes no room under `max_active_runs`.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_exists_already_does_not_hold_the_schedule_back(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let dag = TestDag::daily("daily")
        .task("a")
        .set("catchup", json!(true))
        .set("max_active_runs", json!(1));
    world.store(&dag).await;
    world
        .execute(
            "INSERT INTO dag_run (
                 dag_id, run_id, run_type, state, execution_date, data_interval_start,
                 data_interval_end, external_trigger, clear_number)
             VALUES ('daily', 'by hand', 'manual', 'success', '2024-01-01 00:00:00.000000',
                 '2024-01-01 00:00:00.000000', '2024-01-02 00:00:00.000000', TRUE, 0)",
            |query| query,
        )
        .await;
    world.advance(2 * 86_400);
    world
        .set_next_dagrun("daily", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
        .await;
    world.start(|_| ()).await;
    world
        .run_ends("scheduled__2024-01-02T00:00:00+00:00", DagRunState::Success)
        .await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_paused_dag_waits(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world
        .store(&TestDag::new("paused").task("a").paused())
        .await;
    world.start(|_| ()).await;
    world.trigger("paused", "one").await;
    world.until_quiet().await;
    assert_eq!(
        world
            .scalar("SELECT COUNT(*) FROM dag_run WHERE state = 'queued'")
            .await,
        1
    );
    world
        .execute("UPDATE dag SET is_paused = FALSE", |query| query)
        .await;
    world.tell(updraft_scheduler::Input::DagsChanged { dag_ids: None });
    world.run_ends("one", DagRunState::Success).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_dags_that_are_named_are_read(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let dag_ids = ["a", "b"];
    for dag_id in dag_ids {
        world
            .store(&TestDag::new(dag_id).task("task").paused())
            .await;
    }
    world.start(|_| ()).await;
    for dag_id in dag_ids {
        world.trigger(dag_id, dag_id).await;
    }
    // Both runs are known before anything changes.
    world.advance(1);
    world.until_quiet().await;
    world
        .execute("UPDATE dag SET is_paused = FALSE", |query| query)
        .await;
    for (dag_id, queued) in [("a", 1), ("b", 0)] {
        world.tell(updraft_scheduler::Input::DagsChanged {
            dag_ids: Some(vec![dag_id.into()]),
        });
        world.run_ends(dag_id, DagRunState::Success).await;
        let waiting = world
            .scalar("SELECT COUNT(*) FROM dag_run WHERE state = 'queued'")
            .await;
        assert_eq!(waiting, queued);
    }
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_takes_too_long_fails(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let dag = TestDag::new("slow")
        .chain(&["a", "b"])
        .set("dagrun_timeout", json!(60.0));
    world.store(&dag).await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("slow", "one").await;
    world.task_starts("a").await;
    world.advance(61);
    world.run_ends("one", DagRunState::Failed).await;
    // As in Airflow, whose query for unfinished states does not find NULL.
    world
        .assert_states("one", &[("a", "skipped", 1), ("b", "none", 0)])
        .await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_depends_on_the_past_waits_for_it(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    let dag = TestDag::new("past").task_with("a", json!({"depends_on_past": true}));
    world.store(&dag).await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("past", "one").await;
    world.task_starts("a").await;
    world.worker().will("a", 1, Outcome::Success);
    world.trigger("past", "two").await;
    world.until_quiet().await;
    world.assert_states("two", &[("a", "none", 0)]).await;
    world.worker().release("a", Outcome::Success).await;
    world.run_ends("one", DagRunState::Success).await;
    world.run_ends("two", DagRunState::Success).await;
}

/// Only Python knows the next run of a custom timetable, and the file's parse is when it is asked.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_a_custom_timetable_is_parsed_after_each_run(#[case] engine: Engine) {
    const REQUESTS: &str = "SELECT COUNT(*) FROM dag_priority_parsing_request
         WHERE fileloc = '/dags/workdays.py'";
    let mut world = World::new(engine).await;
    let timetable = json!({"__type": "plugin.Workdays", "__var": {}});
    world
        .store(
            &TestDag::new("workdays")
                .task("a")
                .set("timetable", timetable),
        )
        .await;
    world
        .set_next_dagrun("workdays", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
        .await;
    world.start(|_| ()).await;
    assert_eq!(world.scalar(REQUESTS).await, 0);
    world.advance(86_400);
    world
        .run_ends("scheduled__2024-01-01T00:00:00+00:00", DagRunState::Success)
        .await;
    // The end of the run asks once more.
    world.until_quiet().await;
    assert_eq!(world.scalar(REQUESTS).await, 1);

    // The processor takes the request, and parses.
    world
        .execute("DELETE FROM dag_priority_parsing_request", |query| query)
        .await;
    world
        .set_next_dagrun("workdays", "2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z")
        .await;
    world.until_quiet().await;
    assert_eq!(world.scalar(REQUESTS).await, 0, "the answer is there");
    world.advance(86_400);
    world
        .run_ends("scheduled__2024-01-02T00:00:00+00:00", DagRunState::Success)
        .await;
    assert_eq!(world.scalar(REQUESTS).await, 1);
}
