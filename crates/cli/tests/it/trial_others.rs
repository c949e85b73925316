//! `dags test` of a DAG that waits for another one, and triggers a third.

use std::fs;

use rstest::rstest;
use updraft_metadata_db::Source as _;
use updraft_test_support::{Engine, TestDatabase};

use crate::faults::site::{Sdk, Site};

const WAITS: &str = "
from datetime import datetime

from airflow import DAG
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sensors.external_task import ExternalTaskSensor

with DAG('waits', schedule=None, start_date=datetime(2024, 1, 1)):
    sensor = ExternalTaskSensor(
        task_id='sensor', external_dag_id='etl', external_task_id='load', poke_interval=0.05, timeout=20
    )
    sensor >> TriggerDagRunOperator(
        task_id='trigger', trigger_dag_id='after', wait_for_completion=True, poke_interval=0.05
    )
";

const OTHER: &str = "
from datetime import datetime

from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG('NAME', schedule='@daily', start_date=datetime(2024, 1, 1)):
    EmptyOperator(task_id='load')
";

#[rstest]
#[case::apache(Sdk::Apache, Engine::Sqlite)]
#[case::bundled_sqlite(Sdk::Bundled, Engine::Sqlite)]
#[case::bundled_postgres(Sdk::Bundled, Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn other_dags_are_there_too(#[case] sdk: Sdk, #[case] engine: Engine) {
    let site = Site::new(TestDatabase::new(engine).await, &[]).on(sdk);
    fs::write(site.path("dags/waits.py"), WAITS).unwrap();
    for name in ["etl", "after"] {
        let file = site.path("dags").join(format!("the_{name}.py"));
        fs::write(file, OTHER.replace("NAME", name)).unwrap();
    }
    let mut tx = site.database.db.begin().await.unwrap();
    for statement in [
        "INSERT INTO dag_run (dag_id, run_id, run_type, execution_date, state, clear_number)
         VALUES ('etl', 'r1', 'scheduled', '2024-01-01 00:00:00.000000', 'success', 0),
                ('etl', 'r2', 'scheduled', '2024-01-02 00:00:00.000000', 'running', 0)",
        "INSERT INTO task_instance (
             dag_id, run_id, task_id, map_index, state, try_number, pool, pool_slots)
         VALUES ('etl', 'r1', 'load', -1, 'success', 1, 'default_pool', 1),
                ('etl', 'r2', 'load', -1, NULL, 0, 'default_pool', 1)",
    ] {
        tx.query(statement).execute().await.unwrap();
    }
    tx.commit().await.unwrap();

    let mut command = site.command(env!("CARGO_BIN_EXE_updraft"));
    let output = command
        .args(["dags", "test", "waits", "2024-01-01"])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("with      after, etl"), "{said}");
    let mut command = site.command(env!("CARGO_BIN_EXE_updraft"));
    let sensor = ["tasks", "test", "waits", "sensor", "2024-01-01"];
    let output = command.args(sensor).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // What was tried out has left nothing behind, and driven nothing.
    let elsewhere = "SELECT COUNT(*) FROM dag_run WHERE dag_id <> 'etl'";
    assert_eq!(site.count(elsewhere).await, 0);
    let unfinished = "SELECT COUNT(*) FROM task_instance WHERE state IS NULL";
    assert_eq!(site.count(unfinished).await, 1);
}
