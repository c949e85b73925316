//! A supervisor that is stopped for so long that its try is given to another.

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use super::{
    site::Site,
    standalone::Standalone,
    trace::{self, Word},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_updraft");

async fn updraft(site: &Site, arguments: &[&str]) {
    let output = site
        .command(PROGRAM)
        .args(arguments)
        .output()
        .await
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_was_taken_away_ends_when_its_supervisor_goes_on(#[case] engine: Engine) {
    let site = Site::new(
        TestDatabase::new(engine).await,
        &["witness.py", "stopping.py"],
    )
    .with("UPDRAFT_TEST_STOPPING", "drain")
    // The scheduler takes the try, and leaves its successor where it is.
    .with("AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION", "True")
    .with("AIRFLOW__SCHEDULER__SCHEDULER_ZOMBIE_TASK_THRESHOLD", "4")
    .with("AIRFLOW__SCHEDULER__ZOMBIE_DETECTION_INTERVAL", "1");
    updraft(&site, &["dags", "reserialize"]).await;
    updraft(&site, &["dags", "trigger", "draining", "-r", "r1"]).await;
    let mut command = site.command(PROGRAM);
    command.args(["tasks", "run", "draining", "wait_0", "r1"]);
    let runner = Standalone::start(command, site.path("errors of the runner"));
    trace::until(&site, &runner, "the task runs", |entries| {
        trace::count(entries, Word::Begin) == 1
    })
    .await;
    let pid = site
        .count("SELECT CAST(pid AS BIGINT) FROM task_instance WHERE task_id = 'wait_0'")
        .await;
    let lives = || {
        let processes = site.processes();
        processes
            .iter()
            .any(|process| i64::from(process.pid) == pid)
    };
    runner.signal(Signal::SIGSTOP);

    let program = site.start();
    let lost = "SELECT COUNT(*) FROM task_instance
         WHERE task_id = 'wait_0' AND state = 'scheduled' AND try_number = 2 AND max_tries = 1";
    site.until_count(&program, lost, 1).await;
    assert!(lives(), "nobody could reach it");
    runner.signal(Signal::SIGCONT);
    assert!(runner.exited().await.success());
    assert!(!lives());

    // Nothing of it has landed.
    assert_eq!(site.count(lost).await, 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM xcom").await, 0);
    let ended = site
        .count("SELECT COUNT(*) FROM updraft_task_try WHERE state = 'lost'")
        .await;
    assert_eq!(ended, 1);
    assert_eq!(trace::count(&trace::read(&site), Word::End), 0);
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());
}
