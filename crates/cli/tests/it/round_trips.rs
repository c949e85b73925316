//! How often the program waits for the database between two tasks.

use std::fs;

use nix::sys::signal::Signal;
use updraft_test_support::PrivatePostgres;

use crate::{bundled::bundled_python, faults::site::Site};

/// From the end of a task to its successor's user code (D4 of the design).
const MOST: usize = 4;

const TASKS: usize = 30;

const CHAIN: &str = "\
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator

with DAG('chain', schedule='@once', start_date=datetime(2024, 1, 1)):
    tasks = [PythonOperator(task_id=f't{n}', python_callable=lambda: None) for n in range(30)]
    for first, second in zip(tasks, tasks[1:]):
        first >> second
";

/// The statement that ends a try, and the one that claims the next.
const END: &str = "try_closed AS";
const CLAIM: &str = "INSERT INTO updraft_task_try";

#[tokio::test]
async fn a_successor_waits_for_few_answers_of_the_database() {
    let server = PrivatePostgres::start().await.unwrap();
    server.log_statements().await.unwrap();
    let site = Site::new(server.database().await, &[])
        .with("AIRFLOW__UPDRAFT__PYTHON", bundled_python())
        .with("AIRFLOW__UPDRAFT__PYTHON_SDK", "bundled");
    fs::write(site.path("dags/chain.py"), CHAIN).unwrap();
    let mut program = site.start();
    program
        .until("the end of the chain", |lines| {
            lines
                .iter()
                .any(|line| line.contains(" run ") && line.contains(" in "))
        })
        .await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());

    let statements = server.logged_statements().unwrap();
    let mut between: Vec<&[String]> = Vec::new();
    let mut ended = None;
    for (at, statement) in statements.iter().enumerate() {
        if statement.contains(END) {
            ended = Some(at);
        } else if statement.contains(CLAIM)
            && let Some(ended) = ended.take()
        {
            between.push(&statements[ended..=at]);
        }
    }
    assert_eq!(between.len(), TASKS - 1);
    // Now and then something regular falls between two tasks, and a connection prepares its statements
    // at their first use.
    between.sort_by_key(|waits| waits.len());
    let usual = between[between.len() / 2];
    assert!(usual.len() <= MOST, "{}: {usual:#?}", usual.len());
}
