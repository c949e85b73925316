//! The database goes away and comes back: no task may suffer.

use rstest::rstest;
use updraft_core::state::TaskInstanceState as State;
use updraft_metadata_db::Source as _;
use updraft_supervisor::Event;
use updraft_test_support::{PrivatePostgres, Shutdown};

use crate::support::{Harness, wait_for_file};

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
