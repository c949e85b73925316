//! Tasks that start runs of other DAGs. With the bundled API they ask their supervisor.

use std::fs;

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::{bundled::bundled_python, faults::site::Site};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_task_of_the_bundled_api_triggers_a_run(#[case] engine: Engine) {
    let site = Site::new(TestDatabase::new(engine).await, &["triggers.py"])
        .with("AIRFLOW__UPDRAFT__PYTHON", bundled_python())
        .with("AIRFLOW__UPDRAFT__PYTHON_SDK", "bundled");
    let mut program = site.start();
    program
        .until("the ends of both runs", |lines| {
            let ended = |run: &str| {
                lines
                    .iter()
                    .any(|line| line.contains(run) && line.contains(" in "))
            };
            ended("run      target  made") && ended("run      controller  ")
        })
        .await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());
    let states = site
        .rows::<(String, String)>(
            "SELECT task_id, state FROM task_instance WHERE dag_id = 'controller' ORDER BY task_id",
        )
        .await;
    let states: Vec<_> = states
        .iter()
        .map(|(task_id, state)| (task_id.as_str(), state.as_str()))
        .collect();
    assert_eq!(
        states,
        [
            ("again", "failed"),
            ("refused", "failed"),
            ("reset", "success"),
            ("trigger", "success"),
            ("unknown", "failed"),
        ]
    );
    let like_a_person = "SELECT COUNT(*) FROM dag_run
         WHERE run_id = 'made' AND run_type = 'manual' AND external_trigger
           AND execution_date = '2024-05-01 00:00:00.000000' AND dag_hash IS NOT NULL
           AND conf IS NOT NULL AND data_interval_end = execution_date";
    assert_eq!(site.count(like_a_person).await, 1);
    // The run of that date began anew, under the id that it had.
    let tries = site
        .rows::<(String, i32)>(
            "SELECT run_id, try_number FROM task_instance WHERE dag_id = 'target'",
        )
        .await;
    assert_eq!(tries, [("made".to_owned(), 2)]);
    let run_id = "SELECT COUNT(*) FROM xcom WHERE task_id = 'reset' AND key = 'trigger_run_id'";
    assert_eq!(site.count(run_id).await, 1);
    for (task_id, reason) in [
        ("unknown", "Dag id no_such_dag not found in DagModel"),
        ("refused", "Invalid input for param number"),
        ("again", "DagRunAlreadyExists"),
    ] {
        let log = site.log("controller", task_id, 1);
        let log = fs::read_to_string(&log).unwrap();
        assert!(log.contains(reason), "{task_id}: {log}");
    }
}
