//! What somebody meets who uses the program for the first time, or slips.

use std::{fs, path::Path, process::Output};

use assert_cmd::Command;
use rstest::rstest;
use tempfile::TempDir;
use updraft_metadata_db::Source as _;
use updraft_test_support::Engine;

use crate::{bundled::bundled_python, program::Program};

fn updraft(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_updraft"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("AIRFLOW_HOME", home);
    command
}

/// Standard error of a command that ends with `code`.
#[track_caller]
fn errors(output: &Output, code: i32) -> String {
    let errors = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{errors}");
    errors
}

#[test]
fn a_command_that_reads_makes_nothing() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("airflw");
    for arguments in [
        &["dags", "list"][..],
        &["dags", "trigger", "etl"],
        &["variables", "list"],
        &["db", "check"],
        &["db", "check-migrations", "-t", "0"],
        &["db", "migrate", "--show-sql-only"],
        &["jobs", "check"],
    ] {
        let output = updraft(&home).args(arguments).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if arguments.contains(&"--show-sql-only") {
            assert!(output.status.success(), "{told}");
        } else {
            assert_eq!(output.status.code(), Some(1), "{arguments:?}");
            let file = home.join("airflow.db").display().to_string();
            assert!(
                told.contains(&format!("error: there is no metadata database {file}\n")),
                "{told}"
            );
            let hint = format!(
                "hint: AIRFLOW_HOME is {}, which does not exist",
                home.display()
            );
            assert!(told.contains(&hint), "{told}");
            assert!(
                told.contains("`updraft db migrate` makes the database"),
                "{told}"
            );
        }
        assert!(!home.exists(), "{arguments:?}");
    }
}

#[test]
fn a_new_database_is_told() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("airflow.db").display().to_string();
    let told = format!("Made a new database: {file}\n");
    let migrate = || {
        let output = updraft(home.path())
            .args(["db", "migrate"])
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(migrate().contains(&told));
    assert!(!migrate().contains(&told));
}

/// Stock refuses it, since each folder that a part starts in would have a database of its own.
#[test]
fn the_path_of_a_database_is_absolute() {
    let home = TempDir::new().unwrap();
    let output = updraft(home.path())
        .args(["db", "migrate"])
        .current_dir(home.path())
        .env(
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
            "sqlite:///airflow.db",
        )
        .output()
        .unwrap();
    let told = errors(&output, 1);
    assert!(
        told.contains("the path \"airflow.db\" of the SQLite database is relative"),
        "{told}"
    );
    assert!(!home.path().join("airflow.db").exists());
}

#[test]
fn a_relative_home_is_one_place() {
    let folder = TempDir::new().unwrap();
    let output = updraft(Path::new("airflow"))
        .args(["db", "migrate"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(folder.path().join("airflow/airflow.db").is_file());
}

/// Without its packages every DAG file would look broken.
#[test]
fn a_python_without_packages_is_named() {
    let folder = TempDir::new().unwrap();
    let environment = folder.path().join("environment");
    let made = std::process::Command::new(bundled_python())
        .args(["-m", "venv", "--without-pip"])
        .arg(&environment)
        .status()
        .unwrap();
    assert!(made.success());
    let python = environment.join("bin/python");
    let home = folder.path().join("airflow");
    fs::create_dir_all(home.join("dags")).unwrap();
    fs::write(
        home.join("dags/etl.py"),
        "from airflow import DAG\nDAG('etl')\n",
    )
    .unwrap();
    let run = |arguments: &[&str]| {
        let mut command = updraft(&home);
        command.env("AIRFLOW__UPDRAFT__PYTHON", &python);
        command.args(arguments).output().unwrap()
    };
    assert!(run(&["db", "migrate"]).status.success());
    for arguments in [
        &["check"][..],
        &["standalone"],
        &["dags", "test", "etl"],
        &["dags", "report"],
        &["dags", "reserialize"],
        &["tasks", "render", "etl", "x", "2024-01-01"],
    ] {
        let told = errors(&run(arguments), 1);
        let shown = python.display();
        assert!(
            told.contains(&format!("error: {shown} (Python 3.")),
            "{arguments:?}: {told}"
        );
        assert!(told.contains("has no jinja2 and no pendulum"), "{told}");
        let hint = format!("`{shown} -m pip install jinja2 pendulum` installs what is missing");
        assert!(told.contains(&hint), "{told}");
    }
}

#[test]
fn a_home_that_cannot_be_used_is_named_as_such() {
    let folder = TempDir::new().unwrap();
    // No folder can be made below a file, by nobody.
    fs::write(folder.path().join("dags"), "").unwrap();
    let output = updraft(folder.path()).arg("standalone").output().unwrap();
    let told = errors(&output, 1);
    assert!(
        told.contains("(AIRFLOW_HOME) cannot be written to"),
        "{told}"
    );
    let below = folder.path().join("dags/airflow");
    let output = updraft(&below).arg("standalone").output().unwrap();
    let told = errors(&output, 1);
    assert!(told.contains("(AIRFLOW_HOME) cannot be made"), "{told}");
}

#[test]
fn commands_of_stock_are_told_from_slips() {
    let home = TempDir::new().unwrap();
    let told = |arguments: &[&str]| {
        let output = updraft(home.path()).args(arguments).output().unwrap();
        errors(&output, 2)
    };
    assert_eq!(
        told(&["webserver", "--port", "8080"]),
        "error: Updraft has no `webserver` yet (the web server)\nhint: `airflow webserver` of \
         apache-airflow 2.10.5 works beside it on the same database\n"
    );
    assert!(told(&["dags", "backfill", "etl"]).contains("no `dags backfill` yet"));
    assert!(told(&["celery", "worker"]).contains("no `celery` yet"));
    let slip = told(&["dags", "trigerr"]);
    assert!(slip.contains("'trigger'"), "{slip}");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_slip_in_a_name(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    for arguments in [
        &["dags", "trigger", "alhpa"][..],
        &["dags", "details", "alhpa"],
        &["dags", "delete", "alhpa", "-y"],
        &["dags", "show", "alhpa"],
        &["tasks", "list", "alhpa"],
        &["tasks", "state", "alhpa", "first", "run1"],
    ] {
        let told = program.fails(arguments, 1);
        assert!(
            told.contains("hint: did you mean alpha? `updraft dags list` lists the DAGs"),
            "{arguments:?}: {told}"
        );
    }
    let told = program.fails(&["tasks", "state", "alpha", "frist", "run1"], 1);
    assert!(told.contains("did you mean first?"), "{told}");

    // As in Airflow no failure, but not silent either.
    let output = program.run(&["dags", "unpause", "bata"]);
    assert!(output.status.success());
    assert_eq!(output.stdout, b"No paused DAGs were found\n");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("there is no DAG bata; did you mean beta?"),
        "{told}"
    );
    let output = program.run(&["dags", "unpause", "alpha"]);
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("alpha is not paused")
    );

    let told = program.fails(&["dags", "trigger", "alpha", "-c", "{'day': 1}"], 1);
    assert!(told.contains("is not valid JSON"), "{told}");
    assert!(
        told.contains("hint: --conf takes a JSON object, in single quotes"),
        "{told}"
    );
}

/// Stock refuses the second one.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn two_runs_may_be_triggered_in_a_second(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    for _ in 0..3 {
        program.succeeds(&["dags", "trigger", "alpha"]);
    }
    let dates: i64 = program
        .database
        .db
        .query(
            "SELECT COUNT(DISTINCT execution_date) FROM dag_run
             WHERE dag_id = 'alpha' AND run_id LIKE 'manual\\_\\_%' ESCAPE '\\'",
        )
        .fetch_scalar()
        .await
        .unwrap();
    assert_eq!(dates, 3);
}

#[test]
fn an_option_that_is_not_there_is_told() {
    let home = TempDir::new().unwrap();
    let told = |section: &str, option: &str| {
        let mut command = updraft(home.path());
        let output = command.args(["config", "get-value", section, option]);
        let output = output.output().unwrap();
        assert!(output.stdout.is_empty());
        errors(&output, 0)
    };
    assert!(told("core", "paralelism").contains("did you mean parallelism?"));
    assert!(told("cor", "parallelism").contains("did you mean the section core?"));
    assert!(told("core", "zzz").contains("section/key [core/zzz] not found in config"));
}
