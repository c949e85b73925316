//! The database goes away and comes back: no task may suffer.

use std::time::Duration;

use rstest::rstest;
use updraft_core::state::TaskInstanceState as State;
use updraft_metadata_db::Source as _;
use updraft_supervisor::Event;
use updraft_test_support::{PrivatePostgres, Shutdown};

use crate::support::{Harness, TestClock, insert_task_instance, wait_for_file};

#[rstest]
#[case::fast(Shutdown::Fast)]
#[case::crash(Shutdown::Immediate)]
#[tokio::test]
async fn tasks_wait_for_the_database(#[case] shutdown: Shutdown) {
    let server = PrivatePostgres::start().await.unwrap();
    let mut harness = Harness::start_on(server.database().await, |_| {}).await;
    // One task asks for something in the outage, the other ends in it.
    let asks = harness
        .queue(
            "asks",
            r#"
import os, time
folder = os.path.dirname(message["path"])
while not os.path.exists(folder + "/down"): time.sleep(0.005)
open(folder + "/asking", "w").close()
own = {k: message[k] for k in ("dag_id", "task_id", "run_id", "map_index")}
channel.request({"type": "xcom_set", "key": "late", **own}, b'1')
succeed()
"#,
        )
        .await;
    let ends = harness
        .queue(
            "ends",
            r#"
import os, time
folder = os.path.dirname(message["path"])
while not os.path.exists(folder + "/down"): time.sleep(0.005)
end("success", xcoms=[{"key": "return_value", "length": 2}], blob=b"42")
open(folder + "/ended", "w").close()
"#,
        )
        .await;
    harness.run(asks).await;
    harness.run(ends).await;
    for _ in 0..2 {
        harness
            .wait(|event| matches!(event, Event::TaskStarted { .. }).then_some(()))
            .await;
    }
    flush(&harness).await;
    server.stop(shutdown).await.unwrap();
    let folder = harness.folder.path().to_owned();
    std::fs::write(folder.join("down"), "").unwrap();
    wait_for_file(&folder.join("asking")).await;
    wait_for_file(&folder.join("ended")).await;
    server.resume().await.unwrap();
    for _ in 0..2 {
        let finished = harness.finished().await;
        assert_eq!(finished.state, Some(State::Success), "{finished:?}");
    }
    assert_eq!(harness.number("SELECT COUNT(*) FROM xcom").await, 2);
    assert_eq!(
        harness
            .number("SELECT COUNT(*) FROM task_instance WHERE state = 'success'")
            .await,
        2
    );
}

/// Two supervisors under one host name, on two machines. Neither could say that it lives, and the one
/// that reaches the database first must not take the other for dead.
#[tokio::test]
async fn the_silence_of_an_outage_is_no_death() {
    let server = PrivatePostgres::start().await.unwrap();
    let clock = TestClock::new();
    let mut harness = Harness::start_on(server.database().await, |options| {
        options.clock = clock.clock();
        options.limits.heartbeat = Duration::from_millis(10);
        options.limits.lease_check = Duration::from_millis(10);
    })
    .await;
    let elsewhere = "INSERT INTO updraft_supervisor (
             id, hostname, boot_id, pid, pid_start_time, started_at, heartbeat)
         SELECT 'elsewhere', hostname, 'other-1', pid, pid_start_time, started_at, heartbeat
         FROM updraft_supervisor";
    harness.execute(elsewhere).await;
    leave_a_try(&harness, "elsewhere").await;
    flush(&harness).await;
    server.stop(Shutdown::Fast).await.unwrap();
    clock.advance(400);
    server.resume().await.unwrap();

    // A look at all leases after the outage finds one that is really dead, and it alone.
    leave_a_try(&harness, "dead").await;
    let dead = "INSERT INTO updraft_supervisor (
             id, hostname, boot_id, pid, pid_start_time, started_at, heartbeat)
         SELECT 'dead', hostname, boot_id, pid, 1, started_at, heartbeat
         FROM updraft_supervisor WHERE id <> 'elsewhere'";
    harness.execute(dead).await;
    assert_eq!(lost_task(&mut harness).await, "dead");

    // Silent for 300 seconds more, while we could have heard it. Steps of half a gap: the next may be
    // seen before what reached the database is noted.
    for _ in 0..76 {
        let now = clock.advance(4).isoformat();
        let beaten: (i64,) = loop {
            let beaten = harness
                .db()
                .query(
                    "SELECT COUNT(*) FROM updraft_supervisor
                     WHERE ended_at IS NULL AND heartbeat >= CAST($1 AS timestamptz)",
                )
                .bind(now.clone())
                .fetch_one()
                .await
                .unwrap();
            if beaten != (0,) {
                break beaten;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(beaten, (1,));
    }
    assert_eq!(lost_task(&mut harness).await, "elsewhere");
}

/// A running task of that name, and of the supervisor of that name.
async fn leave_a_try(harness: &Harness, name: &str) {
    insert_task_instance(harness.db(), name, 0).await;
    let mut tx = harness.db().begin().await.unwrap();
    for sql in [
        "UPDATE task_instance SET state = 'running', job_id = 7, start_date = '2024-01-01'
         WHERE task_id = $1",
        "INSERT INTO updraft_task_try (tag, dag_id, run_id, task_id, map_index, try_number, job_id,
             supervisor_id, state, claimed_at)
         SELECT task_id, dag_id, run_id, task_id, map_index, 1, 7, task_id, 'running', start_date
         FROM task_instance WHERE task_id = $1",
    ] {
        tx.query(sql).bind(name.to_owned()).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn lost_task(harness: &mut Harness) -> String {
    harness
        .wait(|event| match event {
            Event::TaskLost { key, .. } => Some(key.task_id.as_str().to_owned()),
            _ => None,
        })
        .await
}

/// The test server commits without waiting for its log, which a crash would cost the last of.
async fn flush(harness: &Harness) {
    let mut tx = harness.db().begin().await.unwrap();
    for sql in [
        "SET LOCAL synchronous_commit = on",
        "UPDATE dag_run SET clear_number = 0",
    ] {
        tx.query(sql).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
}
