//! `tasks failed-deps`, beside stock's.

use std::collections::BTreeSet;

use updraft_metadata_db::Source as _;
use updraft_test_support::{Engine, TestDatabase};

use crate::{
    program::{Program, airflow_python},
    stock::stock,
};

const DAG: &str = "
from datetime import datetime, timedelta
from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.operators.bash import BashOperator

with DAG('d', start_date=datetime(2024, 1, 10), end_date=datetime(2024, 1, 20), schedule=None,
         catchup=False, max_active_tasks=1, is_paused_upon_creation=True):
    first = BashOperator(task_id='first', bash_command='true')
    first >> BashOperator(task_id='second', bash_command='true', pool='nowhere')
    BashOperator(task_id='third', bash_command='true', retries=3, retry_delay=timedelta(days=9999))
    BashOperator(task_id='past', bash_command='true', depends_on_past=True)
";

async fn execute(program: &Program, statement: &str) {
    let mut tx = program.database.db.begin().await.unwrap();
    tx.query(statement.to_owned()).execute().await.unwrap();
    tx.commit().await.unwrap();
}

/// The names of the dependencies.
fn names(text: &str) -> BTreeSet<String> {
    // Stock tells on standard output that it reads the DAG files.
    let mut lines = text.lines().filter(|line| !line.starts_with("[20"));
    let first = lines.next().unwrap_or_default();
    if first == "Task instance dependencies are all met." {
        return BTreeSet::new();
    }
    assert_eq!(first, "Task instance dependencies not met:");
    lines
        .map(|line| line.split(": ").next().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_dependencies_as_stocks() {
    let program = Program::on(TestDatabase::new(Engine::Sqlite).await);
    let dags = program.home().join("dags");
    std::fs::create_dir(&dags).unwrap();
    std::fs::write(dags.join("d.py"), DAG).unwrap();
    let ours = |arguments: &[&str]| {
        let mut command = program.command();
        let output = command
            .env("AIRFLOW__UPDRAFT__PYTHON", airflow_python())
            .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
            .args(arguments)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    ours(&["dags", "reserialize"]);
    for (run_id, date) in [("one", "2024-01-11"), ("two", "2024-01-12")] {
        ours(&["dags", "trigger", "d", "-r", run_id, "-e", date]);
    }
    let compare = |task_id: &str, run_id: &str| {
        let arguments = ["tasks", "failed-deps", "d", task_id, run_id];
        let (ours, stock) = (
            names(&ours(&arguments)),
            names(&stock(&program, &arguments)),
        );
        assert_eq!(ours, stock, "{task_id} {run_id}");
        ours
    };
    let paused = compare("first", "one");
    assert!(
        paused.contains("Dag Not Paused") && paused.contains("Dagrun Running"),
        "{paused:?}"
    );
    assert!(compare("second", "one").contains("Pool Slots Available"));

    execute(&program, "UPDATE dag SET is_paused = FALSE").await;
    execute(&program, "UPDATE dag_run SET state = 'running'").await;
    execute(&program, "UPDATE task_instance SET state = 'scheduled'").await;
    assert_eq!(compare("first", "one"), BTreeSet::new());
    assert!(compare("second", "one").contains("Trigger Rule"));
    assert!(compare("past", "two").contains("Previous Dagrun State"));

    execute(
        &program,
        "UPDATE task_instance SET state = 'up_for_retry', try_number = 1, end_date = '2024-01-11 00:00:00.000000'
         WHERE task_id = 'third'",
    )
    .await;
    assert!(compare("third", "one").contains("Not In Retry Period"));

    execute(
        &program,
        "UPDATE task_instance SET state = 'running' WHERE task_id = 'third'",
    )
    .await;
    assert!(compare("first", "one").contains("Task Instance Slots Available"));
    execute(
        &program,
        "UPDATE dag_run SET execution_date = '2023-01-01 00:00:00.000000' WHERE run_id = 'one'",
    )
    .await;
    assert!(compare("first", "one").contains("Execution Date"));

    let told = program.fails(&["tasks", "failed-deps", "d", "frist", "one"], 1);
    assert!(told.contains("did you mean first?"), "{told}");
    let told = program.fails(&["tasks", "failed-deps", "d", "first", "none"], 1);
    assert!(told.contains("of 'none' not found"), "{told}");
}
