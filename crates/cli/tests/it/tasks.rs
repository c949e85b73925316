//! `tasks`.

use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::program::{Program, airflow_python as python};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn lists(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    assert_eq!(
        program.succeeds(&["tasks", "list", "alpha"]),
        "first\nsecond\nthird\n"
    );
    assert_eq!(
        program.succeeds(&["tasks", "list", "alpha", "--tree"]),
        "<Task(BashOperator): first>\n    <Task(EmptyOperator): second>\n    \
         <Task(BashOperator): third>\n"
    );
    let error = program.fails(&["tasks", "list", "nope"], 1);
    assert!(
        error.starts_with(
            "error: Dag 'nope' could not be found; either it does not exist or it failed to parse."
        ),
        "{error}"
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn states_of_a_run(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    let states = |name: &str, form: &str| {
        program.succeeds(&["tasks", "states-for-dag-run", "alpha", name, "-o", form])
    };
    let table = "\
dag_id | execution_date            | task_id | state   | start_date                       | end_date                        
=======+===========================+=========+=========+==================================+=================================
alpha  | 2024-02-01T00:00:00+00:00 | first   | success | 2024-02-01T00:00:06.500000+00:00 | 2024-02-01T00:00:06.750000+00:00
alpha  | 2024-02-01T00:00:00+00:00 | second  | running | 2024-02-01T00:00:07+00:00        |                                 
alpha  | 2024-02-01T00:00:00+00:00 | third   | None    |                                  |                                 
                                                                                                                            
";
    assert_eq!(states("run1", "table"), table);
    assert_eq!(states("2024-02-01", "table"), table);
    assert_eq!(
        states("2024-02-28T00:00:00+00:00", "plain"),
        "\
dag_id    execution_date             task_id    state            start_date                 end_date                   map_index
alpha     2024-02-28T00:00:00+00:00  first      failed           2024-02-29T00:00:01+00:00  2024-02-29T00:00:03+00:00  0
alpha     2024-02-28T00:00:00+00:00  first      success          2024-02-29T00:00:02+00:00  2024-02-29T00:00:03+00:00  1
alpha     2024-02-28T00:00:00+00:00  second     upstream_failed
"
    );
    let error = program.fails(&["tasks", "states-for-dag-run", "alpha", "nope"], 1);
    assert!(
        error.starts_with(
            "error: DagRun for alpha with run_id or execution_date of 'nope' not found\n"
        ),
        "{error}"
    );
    let error = program.fails(&["tasks", "states-for-dag-run", "alpha", "2020-01-01"], 1);
    assert!(
        error.contains("DagRun for alpha with run_id or execution_date of '2020-01-01' not found"),
        "{error}"
    );
}

/// A DAG file whose task tells that it ran.
const HELLO: &str = "
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG('hello', start_date=datetime(2024, 1, 1), schedule=None):
    BashOperator(task_id='say', bash_command='echo hello from the task')
";

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn one_runs_by_hand(#[case] engine: Engine) {
    let program = Program::on(TestDatabase::new(engine).await);
    std::fs::create_dir(program.home().join("dags")).unwrap();
    std::fs::write(program.home().join("dags/hello.py"), HELLO).unwrap();
    let run = |arguments: &[&str]| {
        let output = program
            .command()
            .env("AIRFLOW__UPDRAFT__PYTHON", python())
            .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
            .args(arguments)
            .output()
            .unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {errors}");
        errors
    };
    run(&["dags", "reserialize"]);
    run(&["dags", "trigger", "hello", "-r", "r1"]);
    let states = || {
        let text = program.succeeds(&["tasks", "states-for-dag-run", "hello", "r1", "-o", "json"]);
        let rows: serde_json::Value = serde_json::from_str(&text).unwrap();
        rows[0]["state"].clone()
    };
    assert_eq!(states(), serde_json::Value::Null);
    run(&["tasks", "run", "hello", "say", "r1", "--local"]);
    assert_eq!(states(), "success");
    let again = run(&["tasks", "run", "hello", "say", "r1"]);
    assert!(
        again.contains("Task is not able to be run: its state is success"),
        "{again}"
    );
    run(&["tasks", "run", "hello", "say", "r1", "--force"]);

    for attempt in 1..=2 {
        let log = format!("logs/dag_id=hello/run_id=r1/task_id=say/attempt={attempt}.log");
        let log = std::fs::read_to_string(program.home().join(log)).unwrap();
        assert!(log.contains("INFO - hello from the task\n"), "{log}");
    }
}

#[test]
fn what_only_stock_can_do_is_refused() {
    for (option, hint) in [
        (&["--raw"][..], "Airflow's own parts"),
        (&["-N"], "`airflow tasks test`"),
        (&["-p", "3"], "--subdir"),
        (&["--cfg-path", "x.json"], "AIRFLOW_CONFIG"),
        (&["--raw", "-l"], "mutually exclusive"),
        (&["--raw", "-f"], "does not work with"),
    ] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_updraft"))
            .args(["tasks", "run", "hello", "say", "r1"])
            .args(option)
            .env_clear()
            .env("AIRFLOW_HOME", "/nonexistent")
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{option:?}: {error}");
        assert!(error.contains(hint), "{option:?}: {error}");
    }
}

/// Two tasks, of which the second one waits for the first one and for itself in the run before.
const CHAIN: &str = "
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG('chain', start_date=datetime(2024, 1, 1), schedule=None, catchup=False):
    BashOperator(task_id='first', bash_command='true') >> BashOperator(
        task_id='second', bash_command='true', depends_on_past=True
    )
";

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn dependencies_are_looked_at_unless_told_not_to(#[case] engine: Engine) {
    let program = Program::on(TestDatabase::new(engine).await);
    std::fs::create_dir(program.home().join("dags")).unwrap();
    std::fs::write(program.home().join("dags/chain.py"), CHAIN).unwrap();
    let run = |arguments: &[&str]| {
        let output = program
            .command()
            .env("AIRFLOW__UPDRAFT__PYTHON", python())
            .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
            .args(arguments)
            .output()
            .unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {errors}");
        errors
    };
    run(&["dags", "reserialize"]);
    for (run_id, date) in [("r1", "2024-02-01"), ("r2", "2024-02-02")] {
        run(&["dags", "trigger", "chain", "-r", run_id, "-e", date]);
    }
    let state = |run_id: &str, task_id: &str| {
        let arguments = ["tasks", "states-for-dag-run", "chain", run_id, "-o", "json"];
        let rows: serde_json::Value = serde_json::from_str(&program.succeeds(&arguments)).unwrap();
        let mut rows = rows.as_array().unwrap().iter();
        let row = rows.find(|row| row["task_id"] == task_id).unwrap();
        row["state"].as_str().map(str::to_owned)
    };
    let success = Some("success".to_owned());
    let refused = run(&["tasks", "run", "chain", "second", "r2"]);
    assert!(refused.contains("do not allow it yet"), "{refused}");
    assert_eq!(state("r2", "second"), None);
    run(&["tasks", "run", "chain", "first", "r2"]);
    assert_eq!(state("r2", "first"), success);
    let refused = run(&["tasks", "run", "chain", "second", "r2", "-d", "wait"]);
    assert!(refused.contains("do not allow it yet"), "{refused}");
    let said = run(&["tasks", "run", "chain", "second", "r2", "-d", "ignore"]);
    assert_eq!(state("r2", "second"), success, "{said}");
    run(&["tasks", "run", "chain", "second", "r1", "-i", "--ship-dag"]);
    assert_eq!(state("r1", "second"), success);
}
