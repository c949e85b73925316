//! PostgreSQL goes away under load and comes back.

use std::time::Duration;

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{PrivatePostgres, Shutdown};

use super::{invariants::Load, trace};

const LOAD: Load = Load {
    runs: 16,
    seconds: 0.01,
};

#[rstest]
#[case::fast(Shutdown::Fast)]
#[case::immediate(Shutdown::Immediate)]
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_postgres_fails_no_task(#[case] shutdown: Shutdown) {
    let server = PrivatePostgres::start().await.unwrap();
    let site = LOAD.site(server.database().await);
    let program = site.start();
    for seconds in [0, 1, 3] {
        let wanted = trace::read(&site).len() + 60;
        trace::until(&site, &program, "work goes on", |entries| {
            entries.len() >= wanted
        })
        .await;
        server.stop(shutdown).await.unwrap();
        // The length of the outage.
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        server.resume().await.unwrap();
    }
    LOAD.all_ended(&site, &program).await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());
    assert_eq!(LOAD.check(&site).await, 0, "lost tries");
    let again = site
        .count("SELECT COUNT(*) FROM task_instance WHERE try_number > 1 AND task_id <> 'flaky'")
        .await;
    assert_eq!(again, 0, "tries that the outage failed");
}
