//! Nobody answers, and nobody says so: a router forgot a connection, a server vanished, a row is locked.

use std::time::Duration;

use updraft_core::state::TaskInstanceState as State;
use updraft_metadata_db::{ConnectOptions, Db, Source as _, Tx};
use updraft_supervisor::{Command, Event, NotClaimed};
use updraft_test_support::{Engine, SilentProxy, TestDatabase};

use crate::{
    limits::assert_ends,
    spool::spooled,
    support::{Harness, TestClock, until, wait_for_file, waiters},
};

/// Through a proxy, and past it.
async fn start(answer_timeout: Option<Duration>) -> (Harness, SilentProxy, Db, TestClock) {
    let mut database = TestDatabase::new(Engine::Postgres).await;
    let proxy = SilentProxy::start(&database.url).await.unwrap();
    let options = ConnectOptions {
        answer_timeout,
        ..ConnectOptions::default()
    };
    let through = Db::connect(&proxy.url, &options).await.unwrap();
    let past = std::mem::replace(&mut database.db, through);
    let clock = TestClock::new();
    let harness = Harness::start_on(database, |options| {
        options.clock = clock.clock();
        options.limits.heartbeat = Duration::from_millis(20);
        options.limits.last_write = Duration::from_millis(200);
        options.limits.exit_timeout = Duration::from_hours(1);
        options.limits.fence = Duration::from_secs(40);
    })
    .await;
    (harness, proxy, past, clock)
}

async fn run_waiting(harness: &mut Harness, name: &str) {
    let script = "import os, time\nfolder = os.path.dirname(message['path'])\n\
         while not os.path.exists(folder + '/go'): time.sleep(0.005)\nsucceed()\n";
    let request = harness.queue(name, script).await;
    harness.run(request).await;
    started(harness).await;
}

async fn started(harness: &mut Harness) {
    harness
        .wait(|event| matches!(event, Event::TaskStarted { .. }).then_some(()))
        .await;
}

async fn lock(db: &Db, sql: &'static str) -> Tx {
    let mut lock = db.begin().await.unwrap();
    lock.query(sql).execute().await.unwrap();
    lock
}

#[tokio::test]
async fn signs_of_life_go_on_when_their_connection_falls_silent() {
    let (mut harness, proxy, past, clock) = start(None).await;
    run_waiting(&mut harness, "healthy").await;
    // Only signs of life are committed now.
    proxy.hide_next_commit().await;
    let now = clock.advance(10).isoformat();
    until(async || {
        let beaten: i64 = past
            .query("SELECT COUNT(*) FROM job WHERE latest_heartbeat >= CAST($1 AS timestamptz)")
            .bind(now.clone())
            .fetch_scalar()
            .await
            .unwrap();
        beaten == 1
    })
    .await;
    std::fs::write(harness.folder.path().join("go"), "").unwrap();
    assert_eq!(harness.finished().await.state, Some(State::Success));
}

#[tokio::test]
async fn a_server_that_vanishes_ends_no_task_and_is_found_again() {
    let (mut harness, proxy, past, clock) = start(Some(Duration::from_millis(300))).await;
    run_waiting(&mut harness, "healthy").await;
    proxy.vanish();
    clock.advance(400);
    std::fs::write(harness.folder.path().join("go"), "").unwrap();
    // Its end does not get through, either.
    spooled(&harness.options.runtime_dir, 1).await;
    clock.advance(400);
    proxy.come_back();
    assert_eq!(harness.finished().await.state, Some(State::Success));
    let last: Option<String> = past
        .query("SELECT CAST(MAX(latest_heartbeat) AS text) FROM job")
        .fetch_scalar()
        .await
        .unwrap();
    assert!(last.is_some());
    assert!(!harness.log("healthy").contains("is ended"));
}

/// Nobody waits for the claim any more when it gets its lock.
#[tokio::test]
async fn a_claim_that_nobody_waits_for_goes_back() {
    let (mut harness, _proxy, past, _) = start(Some(Duration::from_millis(300))).await;
    let request = harness.queue("claimed", "succeed()").await;
    let lock = lock(&past, "SELECT 1 FROM task_instance FOR UPDATE").await;
    harness.run(request).await;
    // The claim, and its release.
    waiters(&past, 2).await;
    lock.rollback().await.unwrap();
    let reason = harness
        .wait(|event| match event {
            Event::TaskNotClaimed { reason, .. } => Some(reason),
            _ => None,
        })
        .await;
    assert!(matches!(reason, NotClaimed::Unable(_)), "{reason:?}");
    let row = harness
        .text("SELECT state || ' ' || CAST(try_number AS TEXT) FROM task_instance")
        .await;
    assert_eq!(row.as_deref(), Some("queued 1"));
    let tries = harness
        .number("SELECT COUNT(*) FROM updraft_task_try")
        .await;
    assert_eq!(tries, 0);
}

#[tokio::test]
async fn a_second_signal_does_not_wait_for_a_claim() {
    let (mut harness, _proxy, past, _) = start(None).await;
    let request = harness.queue("claimed", "succeed()").await;
    let _lock = lock(&past, "SELECT 1 FROM task_instance FOR UPDATE").await;
    harness.run(request).await;
    waiters(&past, 1).await;
    harness.send(Command::Kill).await;
    harness
        .wait(|event| (event == Event::Stopped).then_some(()))
        .await;
}

#[tokio::test]
async fn an_end_is_spooled_while_rendered_fields_are_being_written() {
    let (mut harness, _proxy, past, _) = start(None).await;
    let lock = lock(&past, "LOCK TABLE rendered_task_instance_fields").await;
    let script = "import os, time\nfolder = os.path.dirname(message['path'])\n\
         channel.send({'type': 'rendered_fields'}, b'{}')\n\
         while not os.path.exists(folder + '/go'): time.sleep(0.005)\nsucceed()\n";
    let request = harness.queue("renders", script).await;
    harness.run(request).await;
    started(&mut harness).await;
    waiters(&past, 1).await;
    std::fs::write(harness.folder.path().join("go"), "").unwrap();
    tokio::time::timeout(
        Duration::from_mins(1),
        spooled(&harness.options.runtime_dir, 1),
    )
    .await
    .unwrap();
    lock.rollback().await.unwrap();
    assert_eq!(harness.finished().await.state, Some(State::Success));
    let fields = "SELECT COUNT(*) FROM rendered_task_instance_fields";
    assert_eq!(harness.number(fields).await, 1);
}

/// A process that lingers after its last message (a log handler uploads) may be another try's
/// neighbour, too.
#[tokio::test]
async fn a_process_that_lingers_ends_when_the_try_may_be_taken_for_lost() {
    let (mut harness, _proxy, past, clock) = start(None).await;
    let script = "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n\
         end('up_for_retry')\n\
         open(os.path.dirname(message['path']) + '/said', 'w').close()\n\
         while True: time.sleep(1)\n";
    let request = harness.queue_with("lingers", script, 1).await;
    harness.run(request).await;
    started(&mut harness).await;
    wait_for_file(&harness.folder.path().join("said")).await;
    let pid = harness
        .number("SELECT CAST(pid AS BIGINT) FROM task_instance")
        .await;
    let lock = lock(&past, "SELECT 1 FROM job FOR UPDATE").await;
    clock.advance(21);
    assert_ends(i32::try_from(pid).unwrap()).await;
    lock.rollback().await.unwrap();
    assert_eq!(harness.finished().await.state, Some(State::UpForRetry));
}
