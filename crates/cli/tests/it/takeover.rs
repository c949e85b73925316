//! A database that stock Airflow made.

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::faults::{site::Site, standalone::Standalone};

#[rstest]
#[case::sqlite(Engine::Sqlite, "scheduler")]
#[case::postgres(Engine::Postgres, "scheduler")]
#[case::standalone(Engine::Sqlite, "standalone")]
#[tokio::test]
async fn own_tables_are_added_at_the_start(#[case] engine: Engine, #[case] command: &str) {
    let site = Site::new(TestDatabase::of_stock(engine).await, &[])
        .with("AIRFLOW__CORE__EXECUTOR", "LocalExecutor");
    let mut program = site.command(env!("CARGO_BIN_EXE_updraft"));
    program.arg(command);
    let mut program = Standalone::start(program, site.path("errors"));
    program
        .until_line("added what Updraft keeps beside Airflow's tables")
        .await;
    program.until_line("the scheduler is at work").await;
    program.signal(Signal::SIGTERM);
    assert!(program.exited().await.success());

    let mut again = site.command(env!("CARGO_BIN_EXE_updraft"));
    again.arg(command);
    let mut again = Standalone::start(again, site.path("errors"));
    again.until_line("the scheduler is at work").await;
    assert!(!again.told().contains("added what Updraft"));
    again.signal(Signal::SIGTERM);
    assert!(again.exited().await.success());
}

/// New runs name the newest row, by which stock's web server finds their logs.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_changed_log_template_is_recorded_at_the_start(#[case] engine: Engine) {
    const TEMPLATE: &str = "{{ ti.dag_id }}/{{ ti.task_id }}/{{ try_number }}.log";
    let site = Site::new(TestDatabase::new(engine).await, &[])
        .with("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")
        .with("AIRFLOW__LOGGING__LOG_FILENAME_TEMPLATE", TEMPLATE);
    let mut program = site.command(env!("CARGO_BIN_EXE_updraft"));
    program.arg("scheduler");
    let mut program = Standalone::start(program, site.path("errors"));
    program.until_line("the scheduler is at work").await;
    program.signal(Signal::SIGTERM);
    assert!(program.exited().await.success());
    let rows: Vec<(i32, String)> = site
        .rows("SELECT id, filename FROM log_template ORDER BY id DESC LIMIT 1")
        .await;
    assert_eq!(rows, [(2, TEMPLATE.to_owned())]);
}
