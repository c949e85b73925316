//! `dags test`, `tasks test` and `tasks render`: for people who write DAGs.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
};

use assert_cmd::Command;
use rstest::rstest;
use updraft_metadata_db::variable;
use updraft_test_support::{Engine, TestDatabase};

use crate::desk::{APACHE, BUNDLED, Desk, ETL, ends};

#[rstest]
#[case::bundled(BUNDLED)]
#[case::apache(APACHE)]
#[test]
fn a_dag_runs_once(#[case] python: &str) {
    let desk = Desk::new(python, &[("etl.py", ETL)]);
    let said = desk.run(&["dags", "test", "etl", "2024-01-31", "-S", "dags"], 0);
    assert!(
        said.contains("extract | ") && said.contains("INFO - rows of 2024-01-31"),
        "{said}"
    );
    assert!(
        said.contains("INFO - n is 2 after rows of 2024-01-31 in nowhere"),
        "{said}"
    );
    assert!(
        said.contains("✓ etl  manual__2024-01-31T00:00:00+00:00  success in "),
        "{said}"
    );

    let unlucky = [
        "dags",
        "test",
        "etl",
        "2024-01-31",
        "-S",
        "dags/etl.py",
        "--conf",
        "{\"n\": 13}",
    ];
    let said = desk.run(&unlucky, 1);
    assert!(
        said.contains("✗ load  failed in ") && said.contains("ValueError: unlucky"),
        "{said}"
    );

    let passed = [
        &unlucky[..],
        &["--mark-success-pattern", "lo.d", "--use-executor"],
    ]
    .concat();
    let said = desk.run(&passed, 0);
    assert!(!said.contains("n is 13"), "{said}");
}

#[test]
fn nothing_is_told_behind_the_summary() {
    let desk = Desk::new(BUNDLED, &[("etl.py", ETL)]);
    let said = desk.run(&["dags", "test", "etl", "2024-01-31", "-S", "dags"], 0);
    assert!(!said.contains("Task exited with return code 0"), "{said}");
    let last = said.lines().last().unwrap();
    assert!(
        last.starts_with("✓ etl  manual__2024-01-31T00:00:00+00:00  success in "),
        "{said}"
    );
}

#[rstest]
#[case::bundled(BUNDLED)]
#[case::apache(APACHE)]
#[test]
fn one_task_runs_by_itself(#[case] python: &str) {
    let desk = Desk::new(python, &[("etl.py", ETL)]);
    let task = ["tasks", "test", "etl", "load", "2024-01-31", "-S", "dags"];
    let said = desk.run(&[&task[..], &["-t", "{\"n\": 5}"]].concat(), 0);
    assert!(said.contains("INFO - n is 5 after None"), "{said}");
    assert!(said.contains("✓ load  success"), "{said}");
    let environment = ["--env-vars", "{\"AIRFLOW_VAR_PLACE\": \"Seoul\"}"];
    let said = desk.run(&[&task[..], &environment].concat(), 0);
    assert!(said.contains("in Seoul"), "{said}");
    let said = desk.run(&[&task[..], &["-t", "{\"n\": 13}"]].concat(), 1);
    assert!(said.contains("✗ load  failed"), "{said}");
}

#[rstest]
#[case::bundled(BUNDLED)]
#[case::apache(APACHE)]
#[test]
fn templates_are_filled_in(#[case] python: &str) {
    let desk = Desk::new(python, &[("etl.py", ETL)]);
    let said = desk.run(
        &[
            "tasks",
            "render",
            "etl",
            "extract",
            "2024-01-31",
            "-S",
            "dags",
        ],
        0,
    );
    let block = "\
# ----------------------------------------------------------
# property: bash_command
# ----------------------------------------------------------
echo rows of 2024-01-31
";
    assert!(said.starts_with(block), "{said}");
    let dry = [
        "tasks",
        "test",
        "etl",
        "load",
        "-n",
        "-t",
        "{\"n\": 4}",
        "-S",
        "dags",
    ];
    let said = desk.run(&dry, 0);
    assert!(
        said.contains("# property: op_kwargs\n") && said.contains("{'n': '4'}"),
        "{said}"
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_configured_database_is_read_and_left_alone(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    let place = variable::Variable {
        key: "place".to_owned(),
        val: Some("Busan".to_owned()),
        description: None,
        is_encrypted: false,
    };
    variable::set(&mut tx, &place).await.unwrap();
    tx.commit().await.unwrap();
    let desk = Desk::new(BUNDLED, &[("etl.py", ETL)]);
    let mut command = desk.command(&["dags", "test", "etl", "-S", "dags"]);
    let output = command
        .env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", &database.url)
        .output()
        .unwrap();
    ends(&output, 0);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(" in Busan"), "{said}");
    let dags = updraft_metadata_db::cli_queries::dags(&database.db)
        .await
        .unwrap();
    assert!(dags.is_empty());
}

#[test]
fn a_file_tests_itself() {
    let text = ETL.to_owned()
        + "\nif __name__ == '__main__':\n    run = extract.dag.test(execution_date=datetime(2024, 1, 31), run_conf={'n': 8})\n    print('ended as', run.state)\n";
    let desk = Desk::new(BUNDLED, &[("etl.py", &text)]);
    let api = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../python"));
    let output = Command::new(&desk.python)
        .arg("dags/etl.py")
        .current_dir(desk.folder.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", desk.folder.path())
        .env("PYTHONPATH", api)
        .env("UPDRAFT", env!("CARGO_BIN_EXE_updraft"))
        .env("AIRFLOW__UPDRAFT__PYTHON", &desk.python)
        .env("AIRFLOW__UPDRAFT__PYTHON_SDK", "bundled")
        .output()
        .unwrap();
    ends(&output, 0);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("n is 8 after rows of 2024-01-31"), "{said}");
    assert!(said.ends_with("ended as success\n"), "{said}");
}

#[test]
fn ctrl_c_ends_the_run_and_its_tasks() {
    let text = ETL.replace("echo rows of {{ ds }}", "echo it sleeps; exec sleep 600");
    let desk = Desk::new(BUNDLED, &[("etl.py", &text)]);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_updraft"));
    let mut program = command
        .args(["dags", "test", "etl", "-S", "dags"])
        .current_dir(desk.folder.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", desk.folder.path())
        .env("TMPDIR", desk.folder.path().join("tmp"))
        .env("AIRFLOW__UPDRAFT__PYTHON", &desk.python)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("INFO - it sleeps")));
    let pid = nix::unistd::Pid::from_raw(i32::try_from(program.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let last = lines.map(Result::unwrap).last().unwrap();
    assert_eq!(program.wait().unwrap().code(), Some(130), "{last}");
    assert!(last.starts_with("✗ etl "), "{last}");
}
