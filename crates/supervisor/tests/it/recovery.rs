//! What a supervisor does about those before it that died.

use rstest::rstest;
use tokio::runtime::Runtime;
use updraft_core::{failure::OnWorkerLoss, state::TaskInstanceState as State};
use updraft_metadata_db::{ConnectOptions, Db, Source as _};
use updraft_supervisor::{Event, Supervisor};
use updraft_test_support::Engine;

use crate::{
    limits::assert_ends,
    support::{Harness, TestClock, until, waiters},
};

#[rstest]
#[case::sqlite_rerun(Engine::Sqlite, OnWorkerLoss::Rerun, State::Scheduled)]
#[case::postgres_rerun(Engine::Postgres, OnWorkerLoss::Rerun, State::Scheduled)]
#[case::sqlite_fail(Engine::Sqlite, OnWorkerLoss::Fail, State::Failed)]
fn lost_tries_end_and_their_processes_with_them(
    #[case] engine: Engine,
    #[case] on_worker_loss: OnWorkerLoss,
    #[case] expected: State,
) {
    let first = Runtime::new().unwrap();
    let (mut harness, pid) = first.block_on(lose_a_try(engine));
    // Every descriptor of the supervisor closes, as when its process dies; the task is deaf to
    // SIGTERM, and its zygote waits for longer than this test.
    first.shutdown_background();

    Runtime::new().unwrap().block_on(async {
        harness.database.db = Db::connect(&harness.database.url, &ConnectOptions::default())
            .await
            .unwrap();
        let mut options = harness.options.clone();
        options.db = Some(harness.database.db.clone());
        options.on_worker_loss = on_worker_loss;
        let (_second, mut events) = Supervisor::start(options).await.unwrap();
        let lost = loop {
            if let Event::TaskLost { state, key, .. } = events.recv().await.unwrap() {
                break (key.task_id.as_str().to_owned(), state);
            }
        };
        assert_eq!(lost, ("lost".to_owned(), expected));
        assert_ends(pid).await;
        let tries = harness
            .text("SELECT state FROM updraft_task_try WHERE task_id = 'lost'")
            .await;
        assert_eq!(tries.as_deref(), Some("lost"));
        let row = harness
            .text(
                "SELECT state || ' ' || CAST(try_number AS TEXT) || ' ' || CAST(max_tries AS TEXT)
                 FROM task_instance WHERE task_id = 'lost'",
            )
            .await;
        let expected = match expected {
            State::Scheduled => "scheduled 2 1",
            _ => "failed 1 0",
        };
        assert_eq!(row.as_deref(), Some(expected));
        let log = harness.log("lost");
        assert!(log.contains("ERROR - This try was lost"), "{log}");
        let untouched = harness
            .text("SELECT state FROM task_instance WHERE task_id = 'done'")
            .await;
        assert_eq!(untouched.as_deref(), Some("success"));
    });
}

async fn lose_a_try(engine: Engine) -> (Harness, i32) {
    let mut harness = Harness::start_with(engine, |options| {
        options
            .env
            .push(("UPDRAFT_ORPHAN_GRACE_SECONDS".into(), "600".into()));
    })
    .await;
    let done = harness.queue("done", "succeed()").await;
    harness.run_to_end(done).await;
    let request = harness
        .queue(
            "lost",
            "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n\
             channel.send({'type': 'rendered_fields'}, b'{}')\nwhile True: signal.pause()",
        )
        .await;
    harness.run(request).await;
    // Stored after a second, so the script runs and is deaf by then.
    while harness
        .number("SELECT COUNT(*) FROM rendered_task_instance_fields")
        .await
        == 0
    {
        tokio::task::yield_now().await;
    }
    let pid = harness
        .number("SELECT CAST(pid AS BIGINT) FROM task_instance WHERE task_id = 'lost'")
        .await;
    // This process goes on, so the lease must name one that does not.
    harness
        .execute("UPDATE updraft_supervisor SET pid_start_time = 1")
        .await;
    (harness, i32::try_from(pid).unwrap())
}

#[tokio::test]
async fn a_death_is_noticed_by_those_that_go_on() {
    let (mut harness, _) = watchful(Engine::Sqlite).await;
    leave_an_orphan(&harness, DEAD).await;
    assert_eq!(lost_state(&mut harness).await, State::Scheduled);
}

#[tokio::test]
async fn a_machine_that_was_started_again_is_known_by_the_lock_that_is_free() {
    let (mut harness, clock) = watchful(Engine::Postgres).await;
    std::fs::write(harness.options.runtime_dir.join("leases/dead"), "").unwrap();
    let dead = "INSERT INTO updraft_supervisor (
             id, hostname, boot_id, pid, pid_start_time, started_at, heartbeat)
         SELECT 'dead', hostname, 'earlier-1', pid, pid_start_time, started_at,
             heartbeat - INTERVAL '20 s'
         FROM updraft_supervisor";
    leave_an_orphan(&harness, dead).await;
    // Silence counts while we could have heard.
    clock.advance(1);
    assert_eq!(lost_state(&mut harness).await, State::Scheduled);
    harness.drain().await;
    let files = std::fs::read_dir(harness.options.runtime_dir.join("leases")).unwrap();
    assert_eq!(files.count(), 0);
}

/// The end of a lost try waits for a lock; the tries that run here must not seem lost meanwhile.
#[tokio::test]
async fn heartbeats_go_on_while_a_death_is_dealt_with() {
    let (mut harness, _) = watchful(Engine::Postgres).await;
    let other = harness.db().clone();
    harness.queue("orphan", "").await;
    harness
        .execute("UPDATE task_instance SET state = 'running', job_id = 7")
        .await;
    let mut lock = other.begin().await.unwrap();
    lock.query("SELECT 1 FROM task_instance FOR UPDATE")
        .execute()
        .await
        .unwrap();
    let orphan =
        "INSERT INTO updraft_task_try (tag, dag_id, run_id, task_id, map_index, try_number,
             job_id, supervisor_id, state, claimed_at)
         SELECT 'tag', dag_id, run_id, task_id, map_index, 1, 7, 'dead', 'running',
             '2024-01-01 00:00:00'
         FROM task_instance";
    harness.execute(orphan).await;
    harness.execute(DEAD).await;
    waiters(harness.db(), 1).await;
    let last = "SELECT CAST(heartbeat AS TEXT) FROM updraft_supervisor WHERE id <> 'dead'";
    let before = harness.text(last).await;
    until(async || harness.text(last).await > before).await;
    lock.rollback().await.unwrap();
    harness.drain().await;
}

/// What a dead supervisor spooled may be the end of its tries.
#[tokio::test]
async fn a_spool_that_cannot_be_read_is_not_taken_for_an_empty_one() {
    let (mut harness, _) = watchful(Engine::Sqlite).await;
    let spool = harness.options.runtime_dir.join("spool");
    std::fs::create_dir(&spool).unwrap();
    std::fs::write(spool.join("dead"), "no folder").unwrap();
    leave_an_orphan(&harness, DEAD).await;
    // Comes after the other in each look.
    harness.queue("later", "").await;
    for sql in [
        "UPDATE task_instance SET state = 'running', job_id = 8, start_date = '2024-01-01 00:00:00.000000'
         WHERE task_id = 'later'",
        "INSERT INTO updraft_task_try (tag, dag_id, run_id, task_id, map_index, try_number, job_id,
             supervisor_id, state, claimed_at)
         SELECT 'later', dag_id, run_id, task_id, map_index, 1, 8, 'dead-later', 'running', start_date
         FROM task_instance WHERE task_id = 'later'",
        "INSERT INTO updraft_supervisor (
             id, hostname, boot_id, pid, pid_start_time, started_at, heartbeat)
         SELECT 'dead-later', hostname, boot_id, pid, pid_start_time, started_at, heartbeat
         FROM updraft_supervisor WHERE id = 'dead'",
    ] {
        harness.execute(sql).await;
    }
    let lost = harness
        .wait(|event| match event {
            Event::TaskLost { key, .. } => Some(key.task_id.as_str().to_owned()),
            _ => None,
        })
        .await;
    assert_eq!(lost, "later");
    std::fs::remove_file(spool.join("dead")).unwrap();
    assert_eq!(lost_state(&mut harness).await, State::Scheduled);
}

/// A supervisor whose process has gone.
const DEAD: &str = "INSERT INTO updraft_supervisor (
         id, hostname, boot_id, pid, pid_start_time, started_at, heartbeat)
     SELECT 'dead', hostname, boot_id, pid, 1, started_at, heartbeat
     FROM updraft_supervisor";

async fn watchful(engine: Engine) -> (Harness, TestClock) {
    let clock = TestClock::new();
    let harness = Harness::start_with(engine, |options| {
        options.clock = clock.clock();
        options.limits.lease_check = std::time::Duration::from_millis(50);
    })
    .await;
    (harness, clock)
}

/// A running try of a supervisor `dead`, which comes last: whoever finds it finds the try.
async fn leave_an_orphan(harness: &Harness, lease: &'static str) {
    harness.queue("orphan", "").await;
    for sql in [
        "UPDATE task_instance SET state = 'running', job_id = 7, start_date = '2024-01-01 00:00:00.000000'",
        "INSERT INTO updraft_task_try (tag, dag_id, run_id, task_id, map_index, try_number, job_id,
             supervisor_id, state, claimed_at)
         SELECT 'tag', dag_id, run_id, task_id, map_index, 1, 7, 'dead', 'running', start_date
         FROM task_instance",
        lease,
    ] {
        harness.execute(sql).await;
    }
}

async fn lost_state(harness: &mut Harness) -> State {
    harness
        .wait(|event| match event {
            Event::TaskLost { state, .. } => Some(state),
            _ => None,
        })
        .await
}
