//! Callbacks of tries that died, while the program that owes them is killed, too.

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use super::{
    site::Site,
    trace::{self, Word},
};

const TASKS: usize = 12;
/// One less than the attempts that callbacks have.
const KILLS: usize = 4;

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn callbacks_of_every_dead_try_are_run(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let site = Site::new(database, &["witness.py", "dying.py"])
        .with("UPDRAFT_TEST_TASKS", TASKS.to_string())
        .with("UPDRAFT_TEST_SECONDS", "0.05")
        // A lost try is a failed one, and has callbacks.
        .with("AIRFLOW__UPDRAFT__ON_WORKER_LOSS", "fail");
    let mut interrupted = 0;
    for _ in 0..KILLS {
        let program = site.start();
        let begun = trace::count(&trace::read(&site), Word::Begin);
        trace::until(&site, &program, "two tasks more die", |entries| {
            trace::count(entries, Word::Begin) >= begun + 2
        })
        .await;
        // The callbacks of the first are under way.
        site.until_some(&program, "SELECT COUNT(*) FROM updraft_callback")
            .await;
        program.kill().await;
        interrupted += site.count("SELECT COUNT(*) FROM updraft_callback").await;
    }
    assert!(interrupted > 0, "nothing was hit");

    let program = site.start();
    site.until_count(
        &program,
        "SELECT COUNT(*) FROM dag_run WHERE state = 'failed'",
        1,
    )
    .await;
    site.until_count(&program, "SELECT COUNT(*) FROM updraft_callback", 0)
        .await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());

    let called = trace::by_key(&trace::read(&site), Word::Called);
    assert_eq!(called.len(), TASKS);
    for (key, mut tries) in called {
        tries.sort_unstable();
        tries.dedup();
        assert_eq!(tries, [1, 2], "{key:?}");
    }
}
