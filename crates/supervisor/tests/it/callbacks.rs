//! Callbacks of tries that died: at least once, whoever dies in between.

use std::time::Duration;

use rstest::rstest;
use tokio::runtime::Runtime;
use updraft_core::failure::OnWorkerLoss;
use updraft_metadata_db::{ConnectOptions, Db};
use updraft_supervisor::{Event, Supervisor, SupervisorOptions};
use updraft_test_support::Engine;

use crate::support::{DAG_RUN, Harness, wait_for_file};

/// The task's process dies, and so does the supervisor while the callback runs for the first time.
const HANGS_ONCE: &str = r#"
import os, signal
if message["type"] != "run_callback":
    os._exit(4)
if not os.path.exists(message["path"] + ".begun"):
    open(message["path"] + ".begun", "w").close()
    signal.pause()
instance = message["task_instance"]
print("callback", message["kind"], instance["state"], instance["try_number"], message["reason"])
channel.send({"type": "callback_done", "error": None})
"#;

#[rstest]
#[case::sqlite(Engine::Sqlite, 0, "callback on_failure failed 1 The process exited")]
#[case::postgres(Engine::Postgres, 0, "callback on_failure failed 1 The process exited")]
#[case::retried(
    Engine::Sqlite,
    1,
    "callback on_retry up_for_retry 1 The process exited"
)]
fn callbacks_that_a_dead_supervisor_owes_are_run(
    #[case] engine: Engine,
    #[case] max_tries: i32,
    #[case] expected: &str,
) {
    let first = Runtime::new().unwrap();
    let mut harness = first.block_on(async {
        let mut harness = Harness::start(engine).await;
        let request = harness.queue_with("t", HANGS_ONCE, max_tries).await;
        let path = request.path.clone();
        harness.run_to_end(request).await;
        wait_for_file(format!("{path}.begun").as_ref()).await;
        // This process goes on, so the lease must name one that does not.
        harness
            .execute("UPDATE updraft_supervisor SET pid_start_time = 1")
            .await;
        // A task instance that is retried may be on its next try by now.
        harness
            .execute(
                "UPDATE task_instance SET state = 'queued', try_number = 2 WHERE max_tries = 1",
            )
            .await;
        harness
    });
    first.shutdown_background();

    Runtime::new().unwrap().block_on(async {
        harness.database.db = Db::connect(&harness.database.url, &ConnectOptions::default())
            .await
            .unwrap();
        let mut options = harness.options.clone();
        options.db = Some(harness.database.db.clone());
        let (_second, events) = Supervisor::start(options).await.unwrap();
        harness.events = events;
        assert_eq!(callback_error(&mut harness).await, None);
        assert_eq!(waiting(&harness).await, 0);
        let log = harness.log("t");
        assert!(log.contains(expected), "{log}");
    });
}

/// A try that a supervisor of this host left behind when it died, with a DAG file.
async fn lose(harness: &Harness, script: &str) {
    let request = harness.queue("t", script).await;
    let mut tx = harness.db().begin().await.unwrap();
    updraft_metadata_db::Source::query(
        &mut tx,
        "INSERT INTO dag (
             dag_id, fileloc, processor_subdir, max_active_tasks, max_consecutive_failed_dag_runs,
             has_task_concurrency_limits)
         VALUES ('d', $1, $2, 1, 0, FALSE)",
    )
    .bind(request.path)
    .bind(request.dags_folder)
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    for sql in [
        "UPDATE task_instance SET state = 'running', job_id = 7, start_date = '2024-01-01 00:00:00.000000'",
        "INSERT INTO updraft_task_try (tag, dag_id, run_id, task_id, map_index, try_number, job_id,
             supervisor_id, state, claimed_at, run_as_user)
         SELECT 'tag', dag_id, run_id, task_id, map_index, 1, 7, 'dead', 'running', start_date,
             'nobody-of-that-name'
         FROM task_instance",
        "INSERT INTO updraft_supervisor (id, hostname, boot_id, pid, pid_start_time, started_at, heartbeat)
         SELECT 'dead', hostname, boot_id, pid, 1, started_at, heartbeat FROM updraft_supervisor",
    ] {
        harness.execute(sql).await;
    }
}

fn failing(options: &mut SupervisorOptions) {
    options.on_worker_loss = OnWorkerLoss::Fail;
    options.limits.lease_check = Duration::from_millis(50);
    options.limits.callback_retry = Duration::ZERO;
}

#[tokio::test]
async fn callbacks_of_a_lost_try_run_as_its_user_and_are_given_up_if_none_can() {
    let mut harness = Harness::start_with(Engine::Sqlite, failing).await;
    lose(&harness, "").await;
    for _ in 0..5 {
        let error = callback_error(&mut harness).await.unwrap();
        assert!(error.contains("ended with"), "{error}");
    }
    while waiting(&harness).await > 0 {
        tokio::task::yield_now().await;
    }
    harness.drain().await;
    let log = harness.log("t");
    assert_eq!(
        log.matches("KeyError: \"getpwnam(): name not found: 'nobody-of-that-name'\"")
            .count(),
        5,
        "{log}"
    );
    assert!(
        log.contains("ERROR - The task's callbacks are given up"),
        "{log}"
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn callbacks_whose_process_dies_are_begun_again(#[case] engine: Engine) {
    let mut harness = Harness::start_with(engine, failing).await;
    let script = r#"
import os
if message["type"] != "run_callback":
    os._exit(4)
with open(message["path"] + ".begun", "a") as file:
    file.write("x")
if os.path.getsize(message["path"] + ".begun") < 3:
    os._exit(5)
channel.send({"type": "callback_done", "error": "the DAG says no"})
"#;
    let request = harness.queue("t", script).await;
    harness.run_to_end(request).await;
    let mut errors = Vec::new();
    for _ in 0..3 {
        errors.push(callback_error(&mut harness).await.unwrap());
    }
    assert!(errors[1].contains('5'), "{errors:?}");
    // What a callback does to its end is over, whatever comes of it.
    assert_eq!(errors[2], "the DAG says no");
    assert_eq!(waiting(&harness).await, 0);
}

async fn callback_error(harness: &mut Harness) -> Option<String> {
    harness
        .wait(|event| match event {
            Event::CallbackFinished {
                key,
                try_number,
                error,
            } => {
                assert_eq!((key.run_id.as_str(), try_number), (DAG_RUN, 1));
                Some(error)
            }
            _ => None,
        })
        .await
}

async fn waiting(harness: &Harness) -> i64 {
    harness
        .number("SELECT COUNT(*) FROM updraft_callback")
        .await
}
