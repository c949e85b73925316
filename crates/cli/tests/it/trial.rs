//! `check`, `dags test`, `tasks test` and `tasks render`: for people who write DAGs.

use std::{
    ffi::OsString,
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::Output,
};

use assert_cmd::Command;
use rstest::rstest;
use tempfile::TempDir;
use updraft_metadata_db::variable;
use updraft_test_support::{Engine, TestDatabase};

const BUNDLED: &str = "UPDRAFT_TEST_BUNDLED_PYTHON";
const APACHE: &str = "UPDRAFT_TEST_AIRFLOW_PYTHON";

const ETL: &str = "
from datetime import datetime

from airflow import DAG
from airflow.models import Variable
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator


def load(n, ti):
    print('n is', n, 'after', ti.xcom_pull(task_ids='extract'), 'in', Variable.get('place', 'nowhere'))
    if n == '13':
        raise ValueError('unlucky')


with DAG('etl', start_date=datetime(2024, 1, 1), schedule=None, params={'n': 2}):
    extract = BashOperator(task_id='extract', bash_command='echo rows of {{ ds }}')
    extract >> PythonOperator(task_id='load', python_callable=load, op_kwargs={'n': '{{ params.n }}'})
";

const BROKEN: &str = "
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG('broken', start_date=datetime(2024, 1, 1), schedule=None):
    BashOperator(task_id='x', bash_command='true', retrys=2)
";

/// DAG files in a folder, and nothing else: no configuration, no database.
struct Desk {
    folder: TempDir,
    python: OsString,
}

impl Desk {
    fn new(python: &str, files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("dags")).unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join("dags").join(name), text).unwrap();
        }
        let python = std::env::var_os(python).expect("an interpreter for tests");
        Self { folder, python }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_updraft"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path().join("tmp"))
            .env("AIRFLOW__UPDRAFT__PYTHON", &self.python);
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], code: i32) -> String {
        let output = self.command(arguments).output().unwrap();
        ends(&output, code);
        // What was made for the command is gone with it.
        assert_eq!(
            fs::read_dir(self.folder.path().join("tmp"))
                .unwrap()
                .count(),
            0
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

#[track_caller]
fn ends(output: &Output, code: i32) {
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}\n{errors}");
}

#[rstest]
#[case::bundled(BUNDLED)]
#[case::apache(APACHE)]
#[test]
fn problems_have_a_place_and_a_hint(#[case] python: &str) {
    let files = [("etl.py", ETL), ("broken.py", BROKEN), ("again.py", ETL)];
    let desk = Desk::new(python, &files);
    assert!(
        desk.run(&["check", "dags/etl.py"], 0)
            .starts_with("1 DAG in 1 file in ")
    );
    let said = desk.run(&["check", "dags"], 1);
    assert!(said.contains("dags/broken.py:8: error: "), "{said}");
    assert!(
        said.contains("    hint: BashOperator has no such argument; did you mean retries?"),
        "{said}"
    );
    assert!(said.contains("the DAG id etl is also used in "), "{said}");
    assert!(said.ends_with(": 2 errors\n"), "{said}");
    let json: serde_json::Value =
        serde_json::from_str(&desk.run(&["check", "dags", "-o", "json"], 1)).unwrap();
    assert_eq!(json[0]["kind"], "unknown_argument");
    assert_eq!(json[0]["line"], 8);
    // Neither a home nor a database was made by the bundled API; stock writes its own configuration.
    assert_eq!(
        desk.folder.path().join("airflow").exists(),
        python == APACHE
    );
}

#[test]
fn a_file_that_ends_the_process_is_a_problem() {
    let exits = "import os\nfrom airflow import DAG\nos._exit(3)\n";
    let desk = Desk::new(BUNDLED, &[("exits.py", exits)]);
    let said = desk.run(&["check", "dags"], 1);
    assert!(
        said.contains("dags/exits.py: error: the process that imported the file ended"),
        "{said}"
    );
    let output = desk.command(&["check", "nowhere"]).output().unwrap();
    ends(&output, 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("hint: name DAG files or folders"));
}

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
fn what_cannot_be_run_is_said() {
    let desk = Desk::new(BUNDLED, &[("etl.py", ETL), ("broken.py", BROKEN)]);
    for (arguments, expected) in [
        (
            &["dags", "test", "broken", "-S", "dags"][..],
            "hint: `updraft check ",
        ),
        (
            &["dags", "test", "etl", "-S", "dags", "-c", "[1"],
            "is not valid JSON",
        ),
        (
            &["dags", "test", "etl", "--save-dagrun", "x.png"],
            "tasks list etl --tree",
        ),
        (
            &["tasks", "test", "etl", "nope", "-S", "dags"],
            "the tasks of etl are: extract, load",
        ),
        (
            &["tasks", "render", "etl", "laod", "2024-01-31", "-S", "dags"],
            "error: Task laod not found\nhint: did you mean load? the tasks of etl are: extract, load\n",
        ),
        (
            &["tasks", "test", "etl", "load", "-m"],
            "--post-mortem is not supported",
        ),
    ] {
        let output = desk.command(arguments).output().unwrap();
        ends(&output, 1);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(expected), "{arguments:?}: {errors}");
    }
}

/// A run without tasks would be a success in which nothing ran.
#[test]
fn a_date_at_which_nothing_runs_is_refused() {
    let desk = Desk::new(BUNDLED, &[("etl.py", ETL)]);
    let run = |date: &str| {
        let arguments = ["dags", "test", "etl", date, "-S", "dags"];
        desk.command(&arguments).output().unwrap()
    };
    let output = run("2023-12-31");
    ends(&output, 1);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        errors,
        "error: nothing would run: the date 2023-12-31T00:00:00+00:00 lies before the start_date of every \
         task of etl\nhint: `updraft dags test etl 2024-01-01T00:00:00+00:00` runs it; without a date it is \
         run for now\n"
    );
    ends(&run("2024-01-01"), 0);
    // One task alone is run whatever its dates are, as by stock.
    let early = [
        "tasks",
        "test",
        "etl",
        "extract",
        "2023-12-31",
        "-S",
        "dags",
    ];
    assert!(desk.run(&early, 0).contains("rows of 2023-12-31"));
    let late = ETL.replace(
        "task_id='load',",
        "task_id='load', start_date=datetime(2025, 1, 1),",
    );
    fs::write(desk.folder.path().join("dags/etl.py"), late).unwrap();
    let said = desk.run(&["dags", "test", "etl", "2024-01-31", "-S", "dags"], 0);
    assert!(
        said.contains("  without   load: the date is not between start_date and end_date\n"),
        "{said}"
    );
}

/// What is wrong with files that have nothing to do with the DAG stays out.
#[test]
fn a_dag_that_is_broken_is_told_alone() {
    let other = "from airflow import DAG\nraise KeyError('another matter')\n";
    let desk = Desk::new(
        BUNDLED,
        &[("broken.py", BROKEN), ("other.py", other), ("etl.py", ETL)],
    );
    let told = |dag_id: &str| {
        let arguments = ["dags", "test", dag_id, "-S", "dags"];
        let output = desk.command(&arguments).output().unwrap();
        ends(&output, 1);
        String::from_utf8(output.stderr).unwrap()
    };
    let errors = told("broken");
    assert!(
        errors.contains("retrys") && !errors.contains("another matter"),
        "{errors}"
    );
    assert!(
        errors.contains("Other files that cannot be imported: 1\n"),
        "{errors}"
    );
    let errors = told("elt");
    assert!(
        errors.contains("hint: did you mean etl? `updraft check "),
        "{errors}"
    );
    assert!(!errors.contains("Traceback"), "{errors}");
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
