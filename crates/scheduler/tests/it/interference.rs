//! Other components that change the same rows.

use rstest::rstest;
use serde_json::json;
use updraft_core::state::DagRunState;
use updraft_metadata_db::{DbTimestamp, Source};
use updraft_scheduler::{Event, Input};
use updraft_supervisor::{Event as SupervisorEvent, NotClaimed};
use updraft_test_support::Engine;

use crate::{dag::TestDag, worker::Outcome, world::World};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_task_scheduled_by_a_mini_scheduler_is_queued_once(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.store(&TestDag::new("mini").chain(&["a", "b"])).await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("mini", "one").await;
    world.task_starts("a").await;
    // Airflow's mini-scheduler writes scheduled and the next try number.
    let now = DbTimestamp(world.clock.now());
    world
        .execute(
            "UPDATE task_instance SET state = 'scheduled', try_number = 1, updated_at = $1
             WHERE task_id = 'b'",
            |query| query.bind(now),
        )
        .await;
    world.worker().release("a", Outcome::Success).await;
    world.task_ends("a").await;
    world.advance(1);
    world.run_ends("one", DagRunState::Success).await;
    world
        .assert_states("one", &[("a", "success", 1), ("b", "success", 1)])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_run_is_left_alone_and_tried_again() {
    let mut world = World::new(Engine::Postgres).await;
    world
        .store(&TestDag::new("locked").chain(&["a", "b"]))
        .await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("locked", "one").await;
    world.task_starts("a").await;
    let mut other = world.db().begin().await.unwrap();
    let _: i32 = other
        .query("SELECT id FROM dag_run WHERE run_id = 'one' FOR UPDATE")
        .fetch_scalar()
        .await
        .unwrap();
    world.worker().release("a", Outcome::Success).await;
    world.task_ends("a").await;
    world.advance(1);
    world.until_quiet().await;
    world
        .assert_states("one", &[("a", "success", 1), ("b", "none", 0)])
        .await;
    other.rollback().await.unwrap();
    world.advance(1);
    world.run_ends("one", DagRunState::Success).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_critical_section_is_shared_with_other_schedulers() {
    let mut world = World::new(Engine::Postgres).await;
    world.store(&TestDag::new("critical").task("a")).await;
    let mut other = world.db().begin().await.unwrap();
    let _: bool = other
        .query("SELECT pg_try_advisory_xact_lock(2)")
        .fetch_scalar()
        .await
        .unwrap();
    world.start(|_| ()).await;
    world.trigger("critical", "one").await;
    world
        .until(|event| matches!(event, updraft_scheduler::Event::RunStarted { .. }))
        .await;
    world.until_quiet().await;
    world.assert_states("one", &[("a", "none", 0)]).await;
    other.rollback().await.unwrap();
    world.advance(1);
    world.run_ends("one", DagRunState::Success).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_does_not_end_over_a_task_that_was_cleared_unnoticed(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world
        .store(&TestDag::new("cleared").task("a").task("b"))
        .await;
    world
        .start(|worker| worker.will("a", 1, Outcome::Hold))
        .await;
    world.trigger("cleared", "one").await;
    world.task_ends("b").await;
    world.until_quiet().await;
    // With an old `updated_at`, no look at what changed finds it.
    world
        .execute(
            "UPDATE task_instance SET state = NULL, updated_at = '2000-01-01 00:00:00.000000'
             WHERE task_id = 'b'",
            |query| query,
        )
        .await;
    world.worker().release("a", Outcome::Success).await;
    world.task_ends("a").await;
    // The end of the run has been refused.
    world.until_quiet().await;
    world.advance(1);
    world.run_ends("one", DagRunState::Success).await;
    world
        .assert_states("one", &[("a", "success", 1), ("b", "success", 2)])
        .await;
}

/// Makes the database refuse to queue the task `bad`.
async fn refuse_bad(world: &World, engine: Engine) {
    let script = match engine {
        Engine::Postgres => {
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'this row is broken'; END $$;
             CREATE TRIGGER refuse BEFORE UPDATE ON task_instance FOR EACH ROW
             WHEN (NEW.task_id = 'bad' AND NEW.state = 'queued') EXECUTE FUNCTION refuse()"
        }
        Engine::Sqlite => {
            "CREATE TRIGGER refuse BEFORE UPDATE ON task_instance FOR EACH ROW
             WHEN NEW.task_id = 'bad' AND NEW.state = 'queued'
             BEGIN SELECT RAISE(ABORT, 'this row is broken'); END"
        }
    };
    let mut tx = world.db().begin().await.unwrap();
    tx.run_script(script).await.unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[case::sqlite(Engine::Sqlite, "DROP TRIGGER refuse")]
#[case::postgres(Engine::Postgres, "DROP TRIGGER refuse ON task_instance")]
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_queued_stops_no_other(
    #[case] engine: Engine,
    #[case] mend: &'static str,
) {
    let mut world = World::new(engine).await;
    world.parallelism = 1;
    refuse_bad(&world, engine).await;
    let mut dag = TestDag::new("broken").task_with("bad", json!({"priority_weight": 100}));
    for number in 0..5 {
        dag = dag.task(&format!("t{number}"));
    }
    world.store(&dag).await;
    world.start(|_| ()).await;
    world.trigger("broken", "one").await;
    for number in 0..5 {
        world.until_state(&format!("t{number}"), "success").await;
    }
    assert_ne!(world.states("one").await["bad"].0, "success");
    let mut tx = world.db().begin().await.unwrap();
    tx.run_script(mend).await.unwrap();
    tx.commit().await.unwrap();
    world.advance(31);
    world.run_ends("one", DagRunState::Success).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn late_news_of_an_earlier_queueing_frees_no_slot(#[case] engine: Engine) {
    let mut world = World::new(engine).await;
    world.parallelism = 1;
    world.store(&TestDag::new("late").task("a").task("b")).await;
    world
        .start(|worker| {
            worker.will("a", 1, Outcome::Hold);
            worker.will("b", 1, Outcome::Hold);
        })
        .await;
    world.trigger("late", "one").await;
    world.task_starts("a").await;
    world.tell(Input::Supervisor(SupervisorEvent::TaskNotClaimed {
        key: world.worker().held("a"),
        try_number: 1,
        external_executor_id: Some("an earlier one".to_owned()),
        reason: NotClaimed::NotQueued,
    }));
    world.until_quiet().await;
    let begun = world
        .scalar("SELECT COUNT(*) FROM task_instance WHERE state IN ('queued', 'running')")
        .await;
    assert_eq!(begun, 1);
    world.worker().release("a", Outcome::Success).await;
    world.task_starts("b").await;
    world.worker().release("b", Outcome::Success).await;
    world.run_ends("one", DagRunState::Success).await;
}

/// The database ends one of two transactions that wait for each other: another component's, or ours.
#[rstest]
#[case::when_a_run_is_created("BEFORE INSERT ON dag_run FOR EACH ROW")]
#[case::when_a_run_is_started(
    "BEFORE UPDATE ON dag_run FOR EACH ROW WHEN (NEW.state = 'running' AND OLD.state = 'queued')"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_does_not_end_a_pass(#[case] when: &str) {
    let mut world = World::new(Engine::Postgres).await;
    world.store(&TestDag::daily("daily").task("a")).await;
    world.advance(86_400);
    for sql in [
        "CREATE SEQUENCE deadlocks".to_owned(),
        "CREATE FUNCTION deadlock() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF nextval('deadlocks') = 1 THEN
                 RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';
             END IF;
             RETURN NEW;
         END $$"
            .to_owned(),
        format!("CREATE TRIGGER deadlock {when} EXECUTE FUNCTION deadlock()"),
    ] {
        let mut tx = world.db().begin().await.unwrap();
        tx.query(sql).execute().await.unwrap();
        tx.commit().await.unwrap();
    }
    world
        .set_next_dagrun("daily", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
        .await;
    world.start(|_| ()).await;
    world.until_quiet().await;
    world.advance(1);
    let event = world
        .until(|event| {
            matches!(
                event,
                Event::RunFinished { .. } | Event::DatabaseTrouble { .. }
            )
        })
        .await;
    assert!(matches!(event, Event::RunFinished { .. }), "{event:?}");
    let met = world
        .scalar("SELECT last_value FROM deadlocks WHERE is_called")
        .await;
    assert!(met >= 2, "{met}");
}
