//! Real tasks, with stock Airflow as the SDK.

use std::path::PathBuf;

use rstest::rstest;
use updraft_core::state::TaskInstanceState as State;
use updraft_supervisor::{PythonSdk, TaskRequest, WarmLimits};
use updraft_test_support::Engine;

use crate::support::{Harness, insert_task_instance, key};

const DAG: &str = r#"
import datetime
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator, BranchPythonOperator
from airflow.operators.empty import EmptyOperator

def fail(context):
    print("failure callback of", context["ti"].task_id, context["ti"].state)

def die():
    import os
    os._exit(5)

with DAG("d", start_date=datetime.datetime(2024, 1, 1), schedule=None) as dag:
    PythonOperator(task_id="python", python_callable=lambda ds: {"ds": ds})
    BashOperator(task_id="bash", bash_command="echo said by {{ task.task_id }}; echo done")
    PythonOperator(task_id="error", python_callable=lambda: 1 / 0, on_failure_callback=fail)
    PythonOperator(task_id="dies", python_callable=die, on_failure_callback=fail)
    BranchPythonOperator(task_id="branch", python_callable=lambda: "taken") >> [
        EmptyOperator(task_id="taken"), EmptyOperator(task_id="left")]
"#;

fn airflow_python() -> PathBuf {
    std::env::var_os("UPDRAFT_TEST_AIRFLOW_PYTHON")
        .expect("UPDRAFT_TEST_AIRFLOW_PYTHON names an interpreter with apache-airflow 2.10.5")
        .into()
}

async fn harness(engine: Engine) -> Harness {
    let harness = Harness::start_with(engine, |options| {
        options.python = airflow_python();
        options.sdk = PythonSdk::Apache;
        options.preload.clear();
        options.limits.warm = WarmLimits::default();
        let folder = options.runtime_dir.parent().unwrap().to_owned();
        for (name, value) in [
            ("AIRFLOW_HOME", folder.clone()),
            ("AIRFLOW__CORE__DAGS_FOLDER", folder.clone()),
            ("AIRFLOW__LOGGING__BASE_LOG_FOLDER", folder.join("logs")),
            ("AIRFLOW__CORE__LOAD_EXAMPLES", "False".into()),
        ] {
            options.env.push((name.into(), value.into_os_string()));
        }
    })
    .await;
    harness.script("dag.py", DAG);
    harness
}

async fn queue(harness: &Harness, task_id: &str) -> TaskRequest {
    insert_task_instance(harness.db(), task_id, 0).await;
    TaskRequest {
        key: key(task_id),
        try_number: 1,
        path: harness
            .folder
            .path()
            .join("dag.py")
            .to_str()
            .unwrap()
            .to_owned(),
        dags_folder: harness.folder.path().to_str().unwrap().to_owned(),
        run_as_user: None,
        mark_success: false,
        external_executor_id: None,
        owner: Some("airflow".to_owned()),
        retries: None,
    }
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn tasks_of_a_dag_file(#[case] engine: Engine) {
    let mut harness = harness(engine).await;
    for (task_id, expected) in [
        ("python", State::Success),
        ("bash", State::Success),
        ("error", State::Failed),
        ("dies", State::Failed),
    ] {
        let request = queue(&harness, task_id).await;
        let finished = harness.run_to_end(request).await;
        assert_eq!(finished.state, Some(expected), "{}", harness.log(task_id));
    }
    insert_task_instance(harness.db(), "left", 0).await;
    harness
        .execute("UPDATE task_instance SET state = NULL WHERE task_id = 'left'")
        .await;
    let request = queue(&harness, "branch").await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(
        finished.state,
        Some(State::Success),
        "{}",
        harness.log("branch")
    );
    assert!(finished.skip_decision.is_some());
    let left = harness
        .text("SELECT state FROM task_instance WHERE task_id = 'left'")
        .await;
    assert_eq!(left.as_deref(), Some("skipped"));
    harness.drain().await;

    let value: Vec<(Vec<u8>,)> = updraft_metadata_db::Source::query(
        harness.db(),
        "SELECT value FROM xcom WHERE key = 'return_value' AND task_id = 'python'",
    )
    .fetch_all()
    .await
    .unwrap();
    assert_eq!(value, [(br#"{"ds": "2024-01-01"}"#.to_vec(),)]);
    let log = harness.log("bash");
    assert!(log.contains("INFO - said by bash\n"), "{log}");
    assert!(
        log.contains("Marking task as SUCCESS. dag_id=d, task_id=bash"),
        "{log}"
    );
    assert!(log.contains("Task exited with return code 0\n"), "{log}");
    let log = harness.log("error");
    assert!(log.contains("ZeroDivisionError"), "{log}");
    assert!(log.contains("failure callback of error"), "{log}");
    let log = harness.log("dies");
    assert!(log.contains("exited with code 5"), "{log}");
    assert!(log.contains("failure callback of dies failed"), "{log}");
}
