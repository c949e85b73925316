//! SIGINT drains; a second one ends the tasks.

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use super::{
    site::Site,
    trace::{self, Word},
};

const FILES: [&str; 2] = ["witness.py", "stopping.py"];

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_first_signal_waits_for_the_running_tasks(#[case] engine: Engine) {
    let site =
        Site::new(TestDatabase::new(engine).await, &FILES).with("UPDRAFT_TEST_STOPPING", "drain");
    let mut program = site.start();
    trace::until(&site, &program, "three tasks run", |entries| {
        trace::count(entries, Word::Begin) == 3
    })
    .await;
    program.signal(Signal::SIGINT);
    program.until_line("waiting for the running tasks").await;
    std::fs::write(site.path("trace/go"), "").unwrap();
    let status = program.exited().await;
    assert_eq!(status.code(), Some(0));

    let entries = trace::read(&site);
    assert_eq!(trace::count(&entries, Word::End), 3);
    assert_eq!(trace::count(&entries, Word::Begin), 3, "nothing new began");
    let states: Vec<(String, Option<String>)> = site
        .rows("SELECT task_id, state FROM task_instance ORDER BY task_id")
        .await;
    for (task_id, state) in &states {
        let state = state.as_deref();
        if task_id.starts_with("wait") {
            assert_eq!(state, Some("success"), "{task_id}");
        } else {
            assert!(
                matches!(state, None | Some("scheduled")),
                "{task_id}: {state:?}"
            );
        }
    }
    let jobs = site
        .count("SELECT COUNT(*) FROM job WHERE state = 'running'")
        .await;
    assert_eq!(jobs, 0, "jobs that are not closed");
    site.until_no_process().await;

    let mut program = site.start();
    program.until_line("success in").await;
    program.signal(Signal::SIGTERM);
    assert_eq!(program.exited().await.code(), Some(0));
    let tries = site
        .count("SELECT COUNT(*) FROM task_instance WHERE state = 'success' AND try_number = 1")
        .await;
    assert_eq!(tries, 6);
    assert_eq!(trace::count(&trace::read(&site), Word::Begin), 6);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_second_signal_ends_them(#[case] engine: Engine) {
    let site = Site::new(TestDatabase::new(engine).await, &FILES)
        .with("AIRFLOW__CORE__KILLED_TASK_CLEANUP_TIME", "1");
    let mut program = site.start();
    trace::until(&site, &program, "three tasks run", |entries| {
        trace::count(entries, Word::Begin) == 3
    })
    .await;
    program.signal(Signal::SIGINT);
    program.until_line("waiting for the running tasks").await;
    program.signal(Signal::SIGINT);
    assert_eq!(program.exited().await.code(), Some(0));

    let entries = trace::read(&site);
    assert_eq!(trace::count(&entries, Word::OnKill), 1);
    assert!(trace::count(&entries, Word::Ignored) >= 1);
    let failed = site
        .count("SELECT COUNT(*) FROM task_instance WHERE state = 'failed'")
        .await;
    assert_eq!(failed, 3);
    // `sleep` of the shell is among them.
    site.until_no_process().await;
    let log = |task| std::fs::read_to_string(site.log("ending", task, 1)).unwrap();
    assert!(
        log("stubborn").contains("Sending SIGKILL"),
        "{}",
        log("stubborn")
    );
    for task in ["cleaning", "shell", "stubborn"] {
        let log = log(task);
        assert!(log.contains("Updraft stops, and ends the task."), "{log}");
    }
    for task in ["cleaning", "shell"] {
        let log = log(task);
        assert!(!log.contains("Sending SIGKILL"), "{log}");
    }
}
