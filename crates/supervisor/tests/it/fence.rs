//! A supervisor whose signs of life the database does not take ends its tasks before others take them
//! for lost; in an outage it does not.

use std::time::Duration;

use rstest::rstest;
use updraft_core::state::TaskInstanceState as State;
use updraft_metadata_db::{ConnectOptions, Db, Source as _};
use updraft_supervisor::{Event, NotClaimed};
use updraft_test_support::{Engine, PrivatePostgres, Shutdown, TestDatabase};

use crate::{
    limits::assert_ends,
    support::{Harness, TestClock, wait_for_file},
};

/// After which others take a silent try for lost.
const THRESHOLD: i64 = 40;
/// More than the half of it, after which the task is to be ended.
const SILENCE: i64 = 21;

async fn start(database: TestDatabase) -> (Harness, TestClock) {
    let clock = TestClock::new();
    let harness = Harness::start_on(database, |options| {
        options.clock = clock.clock();
        options.limits.heartbeat = Duration::from_millis(20);
        options.limits.fence = Duration::from_secs(THRESHOLD.unsigned_abs());
    })
    .await;
    (harness, clock)
}

/// Starts a task that never ends by itself, and is deaf to SIGTERM; its process.
async fn run_endless(harness: &mut Harness) -> i32 {
    let script = r#"
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(os.path.dirname(message["path"]) + "/deaf", "w").close()
while True: time.sleep(1)
"#;
    let request = harness.queue("endless", script).await;
    harness.run(request).await;
    harness
        .wait(|event| matches!(event, Event::TaskStarted { .. }).then_some(()))
        .await;
    wait_for_file(&harness.folder.path().join("deaf")).await;
    let pid = harness
        .number("SELECT CAST(pid AS BIGINT) FROM task_instance WHERE task_id = 'endless'")
        .await;
    i32::try_from(pid).unwrap()
}

/// The try ends as lost, not as failed: the task was not at fault.
async fn assert_lost(harness: &mut Harness) {
    let lost = harness
        .wait(|event| match event {
            Event::TaskLost { state, .. } => Some(state),
            _ => None,
        })
        .await;
    assert_eq!(lost, State::Scheduled);
    assert_eq!(harness.finished().await.state, None);
    let row = harness
        .text(
            "SELECT state || ' ' || CAST(try_number AS TEXT) || ' ' || CAST(max_tries AS TEXT)
             FROM task_instance WHERE task_id = 'endless'",
        )
        .await;
    assert_eq!(row.as_deref(), Some("scheduled 2 1"));
    let log = harness.log("endless");
    assert!(
        log.contains("does not take this try's signs of life"),
        "{log}"
    );
    assert!(log.contains("counts as lost. It is run again"), "{log}");
}

#[tokio::test]
async fn a_task_ends_whose_signs_of_life_wait_for_a_lock() {
    let (mut harness, clock) = start(TestDatabase::new(Engine::Postgres).await).await;
    let pid = run_endless(&mut harness).await;
    let other = Db::connect(&harness.database.url, &ConnectOptions::default())
        .await
        .unwrap();
    let mut lock = other.begin().await.unwrap();
    lock.query("SELECT 1 FROM job FOR UPDATE")
        .execute()
        .await
        .unwrap();
    clock.advance(SILENCE);
    assert_ends(pid).await;
    let state = harness
        .text("SELECT state FROM task_instance WHERE task_id = 'endless'")
        .await;
    assert_eq!(state.as_deref(), Some("running"), "it has no successor yet");
    // Nothing new begins, since it would be ended as well.
    let later = harness.queue("later", "succeed()").await;
    harness.run(later).await;
    let reason = harness
        .wait(|event| match event {
            Event::TaskNotClaimed { reason, .. } => Some(reason),
            _ => None,
        })
        .await;
    assert!(matches!(reason, NotClaimed::Unable(_)), "{reason:?}");
    lock.rollback().await.unwrap();
    assert_lost(&mut harness).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite, &[
    "CREATE TRIGGER deaf BEFORE UPDATE OF latest_heartbeat ON job
     BEGIN SELECT RAISE(ABORT, 'deaf'); END",
], "DROP TRIGGER deaf")]
#[case::postgres(Engine::Postgres, &[
    "CREATE FUNCTION deaf() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE 'deaf'; END $$",
    "CREATE TRIGGER deaf BEFORE UPDATE ON job FOR EACH ROW EXECUTE FUNCTION deaf()",
], "DROP TRIGGER deaf ON job")]
#[tokio::test]
async fn a_task_ends_whose_signs_of_life_are_refused(
    #[case] engine: Engine,
    #[case] refuse: &[&'static str],
    #[case] take_again: &'static str,
) {
    let (mut harness, clock) = start(TestDatabase::new(engine).await).await;
    let pid = run_endless(&mut harness).await;
    for sql in refuse {
        harness.execute(sql).await;
    }
    clock.advance(SILENCE);
    assert_ends(pid).await;
    harness.execute(take_again).await;
    assert_lost(&mut harness).await;
}

#[tokio::test]
async fn an_outage_of_any_length_ends_no_task() {
    let server = PrivatePostgres::start().await.unwrap();
    let (mut harness, clock) = start(server.database().await).await;
    let waits = |name: &str| {
        format!(
            "import os, time\nfolder = os.path.dirname(message['path'])\n\
             while not os.path.exists(folder + '/{name}'): time.sleep(0.005)\nsucceed()\n"
        )
    };
    for name in ["away", "back"] {
        let request = harness.queue(name, &waits(name)).await;
        harness.run(request).await;
        harness
            .wait(|event| matches!(event, Event::TaskStarted { .. }).then_some(()))
            .await;
    }
    server.stop(Shutdown::Fast).await.unwrap();
    clock.advance(10 * THRESHOLD);
    // Its end is spooled after half a second: many heartbeats have failed by then.
    std::fs::write(harness.folder.path().join("away"), "").unwrap();
    crate::spool::spooled(&harness.options.runtime_dir, 1).await;
    clock.advance(10 * THRESHOLD);
    server.resume().await.unwrap();
    assert_eq!(harness.finished().await.state, Some(State::Success));
    // Signs of life get through again; the other task has not noticed anything.
    let beaten = "SELECT COUNT(*) FROM job j JOIN task_instance t ON t.job_id = j.id
         WHERE t.task_id = 'back' AND j.latest_heartbeat > TIMESTAMPTZ '2024-01-01 00:13:00+00'";
    while harness.number(beaten).await == 0 {
        tokio::task::yield_now().await;
    }
    std::fs::write(harness.folder.path().join("back"), "").unwrap();
    assert_eq!(harness.finished().await.state, Some(State::Success));
    let log = harness.log("back");
    assert!(!log.contains("is ended"), "{log}");
}
