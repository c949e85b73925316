//! `tasks clear` leaves the rows that stock leaves.

use rstest::rstest;
use updraft_metadata_db::Source as _;
use updraft_test_support::{Engine, TestDatabase};

use crate::{
    program::Program,
    stock::{ours, stock},
};

const CHAIN: &str = "
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator

with DAG('chain', start_date=datetime(2024, 1, 1), schedule=None, catchup=False):
    BashOperator(task_id='a', bash_command='true') >> BashOperator(
        task_id='b', bash_command='true', retries=2, queue='q', priority_weight=3
    ) >> EmptyOperator(task_id='c', executor_config={'k': 'v'})
";

async fn filled(engine: Engine) -> Program {
    let program = Program::on(TestDatabase::new(engine).await);
    std::fs::create_dir(program.home().join("dags")).unwrap();
    std::fs::write(program.home().join("dags/chain.py"), CHAIN).unwrap();
    let python = std::env::var_os("UPDRAFT_TEST_AIRFLOW_PYTHON").unwrap();
    let mut command = program.command();
    let output = command
        .env("AIRFLOW__UPDRAFT__PYTHON", python)
        .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        .args(["dags", "reserialize"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let mut tx = program.database.db.begin().await.unwrap();
    for statement in include_str!("clear.sql").split(';') {
        tx.query(statement.to_owned()).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
    program
}

/// What clearing may have changed; of times only whether they are from now.
async fn rows(program: &Program) -> Vec<String> {
    let text = |column: &str| format!("COALESCE(CAST({column} AS text), '-')");
    let time = |column: &str| {
        format!(
            "CASE WHEN {column} IS NULL THEN '-' WHEN {column} < '2024-03-01 00:00:00.000000' \
             THEN 'old' ELSE 'now' END"
        )
    };
    let tries = |table: &str| {
        let columns = [
            "run_id",
            "task_id",
            "state",
            "try_number",
            "max_tries",
            "pool",
            "pool_slots",
            "queue",
            "priority_weight",
            "operator",
            "external_executor_id",
            "next_method",
            "job_id",
        ];
        let columns: Vec<String> = columns.iter().map(|column| text(column)).collect();
        format!(
            "SELECT '{table} ' || {} || ' ' || {} || ' ' || {} FROM {table}",
            columns.join(" || ' ' || "),
            time("start_date"),
            time("end_date")
        )
    };
    let runs = format!(
        "SELECT 'run ' || run_id || ' ' || state || ' ' || {} || ' ' || {} || ' ' || {} || ' ' || \
         {} || ' ' || CAST(clear_number AS text) FROM dag_run",
        time("queued_at"),
        time("start_date"),
        time("end_date"),
        time("last_scheduling_decision"),
    );
    let queries = [
        tries("task_instance"),
        tries("task_instance_history"),
        runs,
        "SELECT 'reschedule ' || run_id || ' ' || CAST(try_number AS text) FROM task_reschedule"
            .to_owned(),
        "SELECT 'job ' || state FROM job WHERE id = 1001".to_owned(),
    ];
    let mut rows = Vec::new();
    for query in queries {
        let found: Vec<String> = program
            .database
            .db
            .query(query)
            .fetch_scalars()
            .await
            .unwrap();
        rows.extend(found);
    }
    rows.sort();
    rows
}

#[rstest]
#[case::all_sqlite(Engine::Sqlite, &[])]
#[case::all_postgres(Engine::Postgres, &[])]
#[case::failed(Engine::Sqlite, &["--only-failed", "-x"])]
#[case::some(Engine::Sqlite, &["-t", "^b$", "-d", "-s", "2024-02-02", "-e", "2024-02-03"])]
#[case::running(Engine::Postgres, &["--only-running", "-R"])]
#[tokio::test(flavor = "multi_thread")]
async fn rows_are_those_of_stock(#[case] engine: Engine, #[case] options: &[&str]) {
    let mine = filled(engine).await;
    let theirs = filled(engine).await;
    let before = rows(&mine).await;
    assert_eq!(rows(&theirs).await, before);
    let arguments = [&["tasks", "clear", "chain", "--yes"], options].concat();
    assert_eq!(ours(&mine, &arguments), "");
    stock(&theirs, &arguments);
    let after = rows(&mine).await;
    assert_ne!(after, before);
    assert_eq!(after, rows(&theirs).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_happens_without_a_yes() {
    let program = filled(Engine::Sqlite).await;
    let before = rows(&program).await;
    let clear = |arguments: &[&str], input: &str| {
        let mut command = program.command();
        let arguments = [&["tasks", "clear", "chain"], arguments].concat();
        let output = command.args(arguments).write_stdin(input).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(
        clear(&["-t", "a", "-e", "2024-02-01"], "n\n"),
        "You are about to delete these 1 tasks:\n<TaskInstance: chain.a r1 [success]>\n\nAre you \
         sure? [y/n]\nCancelled, nothing was cleared.\n"
    );
    assert_eq!(clear(&["-t", "nope"], ""), "Nothing to clear.\n");
    assert_eq!(rows(&program).await, before);
    clear(&["-t", "a", "-e", "2024-02-01"], "y\n");
    assert_ne!(rows(&program).await, before);
    for (arguments, expected) in [
        (&["clear", "nope"][..], "Dag 'nope' could not be found"),
        (
            &["clear", "chain", "-t", "("],
            "is not a regular expression",
        ),
        (&["clear", "chain", "-s", "soon"], "is not a date"),
    ] {
        let error = program.fails(&[&["tasks"], arguments].concat(), 1);
        assert!(error.contains(expected), "{error}");
    }
}
