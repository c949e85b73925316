//! `kill -9` of the zygote: tasks go on, and the next ones get a new one.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use super::{invariants::Load, site::Site, standalone::Standalone, trace};

/// Long enough that some tasks run whenever the zygote dies.
const LOAD: Load = Load {
    runs: 5,
    seconds: 0.2,
};

const KILLS: usize = 5;

fn zygote(site: &Site, program: &Standalone) -> Option<Pid> {
    let parent = program.pid().as_raw();
    // Orphans of an earlier zygote are our program's children, too.
    site.processes()
        .into_iter()
        .find(|process| {
            process.parent == parent && process.command.contains("updraft_runtime/__main__.py")
        })
        .map(|process| Pid::from_raw(process.pid))
}

/// Without warm processes the tasks are the zygote's own children.
#[rstest]
#[case::parent_of_tasks(Engine::Sqlite, "0")]
#[case::parent_of_warm_processes(Engine::Postgres, "30")]
#[tokio::test(flavor = "multi_thread")]
async fn the_zygotes_death_loses_no_try(
    #[case] engine: Engine,
    #[case] warm_dag_seconds: &'static str,
) {
    let site = LOAD
        .site(TestDatabase::new(engine).await)
        .with("AIRFLOW__UPDRAFT__WARM_DAG_SECONDS", warm_dag_seconds);
    let program = site.start();
    let mut killed = Vec::new();
    for _ in 0..KILLS {
        let wanted = trace::read(&site).len() + 25;
        trace::until(&site, &program, "work goes on", |entries| {
            entries.len() >= wanted
        })
        .await;
        let pid = zygote(&site, &program).expect("a zygote");
        assert!(!killed.contains(&pid));
        kill(pid, Signal::SIGKILL).unwrap();
        killed.push(pid);
    }
    LOAD.all_ended(&site, &program).await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());
    site.until_no_process().await;
    assert_eq!(LOAD.check(&site).await, 0, "lost tries");
    let again = site
        .count("SELECT COUNT(*) FROM task_instance WHERE try_number > 1 AND task_id <> 'flaky'")
        .await;
    assert_eq!(again, 0, "tries that failed with the zygote");
}
