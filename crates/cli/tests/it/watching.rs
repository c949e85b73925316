//! What `standalone` tells a person who watches it.

use std::fs;

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::{
    bundled::bundled_python,
    faults::{site::Site, standalone::Standalone},
};

const ETL: &str = "
from datetime import datetime
from airflow import DAG
from airflow.operators.bash import BashOperator
with DAG('etl', start_date=datetime(2024, 1, 1), schedule=None):
    first = BashOperator(task_id='first', bash_command='until test -e $UPDRAFT_TEST_TRACE/go; do sleep 0.05; done')
    first >> BashOperator(task_id='second', bash_command='true')
";

async fn site(engine: Engine) -> Site {
    Site::new(TestDatabase::new(engine).await, &[])
        .with("AIRFLOW__UPDRAFT__PYTHON", bundled_python())
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn how_many_dags_there_are(#[case] engine: Engine) {
    let site = site(engine).await;
    let mut program = site.start();
    program.until_line("dags     no DAG yet").await;
    fs::write(site.path("dags").join("etl.py"), ETL).unwrap();
    program
        .until_line("dags     1 DAG: 1 unpaused, 0 paused")
        .await;
    let mut pause = site.command(env!("CARGO_BIN_EXE_updraft"));
    let paused = pause.args(["dags", "pause", "etl"]).output().await.unwrap();
    assert!(paused.status.success());
    program
        .until_line("dags     1 DAG: 0 unpaused, 1 paused")
        .await;
    fs::write(
        site.path("dags").join("bad.py"),
        "from airflow import DAG\n1/0\n",
    )
    .unwrap();
    program
        .until_line(
            "0 unpaused, 1 paused; 1 file cannot be imported (`updraft dags list-import-errors`)",
        )
        .await;
    program
        .until_line("/dags/bad.py:2: ZeroDivisionError: division by zero")
        .await;
    program.signal(Signal::SIGTERM);
    assert!(program.exited().await.success());
}

/// A file that is edited into an error while its run is under way takes one line, not a traceback.
#[tokio::test]
async fn an_error_takes_one_line() {
    let site = site(Engine::Sqlite).await;
    let file = site.path("dags").join("etl.py");
    fs::write(&file, ETL).unwrap();
    let mut program = site.start();
    program.until_line("dags     1 DAG: 1 unpaused").await;
    let mut trigger = site.command(env!("CARGO_BIN_EXE_updraft"));
    let triggered = trigger
        .args(["dags", "trigger", "etl"])
        .output()
        .await
        .unwrap();
    assert!(triggered.status.success());
    program.until_line("▶ run      etl").await;
    fs::write(&file, ETL.to_owned() + "nonsense(\n").unwrap();
    program.until_line("etl.py:8: SyntaxError: ").await;
    fs::write(site.path("trace").join("go"), "").unwrap();
    program.until_line("✗ run      etl").await;
    let told = program.told();
    assert!(!told.contains("Traceback"), "{told}");
    assert!(!told.contains("lost a fork server"), "{told}");
    let reason = "DagNotFound: DAG 'etl' is not in ";
    assert!(
        told.contains(reason) && told.contains(": etl.py:8: SyntaxError: "),
        "{told}"
    );
    program.signal(Signal::SIGTERM);
    assert!(program.exited().await.success());
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_second_one_on_the_same_home(#[case] engine: Engine) {
    let site = site(engine).await;
    let mut first = site.start();
    first.until_line("the scheduler is at work").await;
    let another = format!("another Updraft (process {})", first.pid());
    if engine == Engine::Sqlite {
        let mut second = site.command(env!("CARGO_BIN_EXE_updraft"));
        let refused = second.arg("standalone").output().await.unwrap();
        let errors = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{errors}");
        assert!(errors.starts_with(&format!("error: {another}")), "{errors}");
        assert!(
            errors.contains(&format!("hint: `kill {}`", first.pid())),
            "{errors}"
        );
    } else {
        let mut command = site.command(env!("CARGO_BIN_EXE_updraft"));
        command.arg("standalone");
        let mut second = Standalone::start(command, site.path("second"));
        second.until_line("the scheduler is at work").await;
        assert!(second.told().contains(&another), "{}", second.told());
        second.signal(Signal::SIGTERM);
        assert!(second.exited().await.success());
    }
    // Whatever ends the first one, its home is free again.
    first.kill().await;
    let mut again = site.start();
    again.until_line("the scheduler is at work").await;
    again.signal(Signal::SIGTERM);
    assert!(again.exited().await.success());
}

#[tokio::test]
async fn a_database_that_is_made_is_told() {
    let site = site(Engine::Sqlite).await;
    let file = site.path("new.db").display().to_string();
    let site = site.with(
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
        format!("sqlite:///{file}"),
    );
    for is_new in [true, false] {
        let mut program = site.start();
        program.until_line("the scheduler is at work").await;
        let told = program.told();
        assert!(
            told.contains(&format!("database sqlite:///{file}")),
            "{told}"
        );
        assert_eq!(told.contains("new.db (a new one)"), is_new, "{told}");
        program.signal(Signal::SIGTERM);
        assert!(program.exited().await.success());
    }
}
