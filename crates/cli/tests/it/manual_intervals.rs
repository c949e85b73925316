//! Runs that are triggered of DAGs whose timetable is Python code.

use std::fs;

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::faults::site::{Sdk, Site};

const PLUGIN: &str = "
from datetime import timedelta

from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.base import DataInterval, Timetable


class Fortnight(Timetable):
    def infer_manual_data_interval(self, *, run_after):
        end = run_after.replace(hour=0, minute=0, second=0, microsecond=0)
        return DataInterval(end - timedelta(days=14), end)

    def next_dagrun_info(self, *, last_automated_data_interval, restriction):
        return None


class Clueless(Fortnight):
    def infer_manual_data_interval(self, *, run_after):
        raise RuntimeError('no idea')


class Plugin(AirflowPlugin):
    name = 'fortnight'
    timetables = [Fortnight, Clueless]
";

const DAGS: &str = "
from datetime import datetime

from airflow import DAG
from airflow.operators.empty import EmptyOperator
from airflow.operators.trigger_dagrun import TriggerDagRunOperator
from fortnight import Clueless, Fortnight

START = datetime(2024, 1, 1)
with DAG('custom', schedule=Fortnight(), start_date=START):
    EmptyOperator(task_id='task')
with DAG('clueless', schedule=Clueless(), start_date=START):
    EmptyOperator(task_id='task')
with DAG('controller', schedule='@once', start_date=START):
    TriggerDagRunOperator(
        task_id='task', trigger_dag_id='custom', trigger_run_id='by_task', execution_date='2024-05-18T12:00:00+00:00'
    )
";

#[rstest]
#[case::apache(Sdk::Apache, Engine::Sqlite)]
#[case::bundled_sqlite(Sdk::Bundled, Engine::Sqlite)]
#[case::bundled_postgres(Sdk::Bundled, Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_timetable_is_asked_for_the_interval(#[case] sdk: Sdk, #[case] engine: Engine) {
    let site = Site::new(TestDatabase::new(engine).await, &[]).on(sdk);
    fs::create_dir(site.path("plugins")).unwrap();
    fs::write(site.path("plugins/fortnight.py"), PLUGIN).unwrap();
    fs::write(site.path("dags/dags.py"), DAGS).unwrap();
    let program = site.start();
    let ended = "SELECT COUNT(*) FROM dag_run WHERE state = 'success'";
    site.until_count(&program, ended, 2).await;
    let trigger = async |dag_id: &str| {
        let mut command = site.command(env!("CARGO_BIN_EXE_updraft"));
        command.args(["dags", "trigger", dag_id, "-r", "by_hand"]);
        command.args(["-e", "2024-05-04T12:00:00+00:00"]);
        let output = command.output().await.unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), said)
    };
    let (code, said) = trigger("custom").await;
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = trigger("clueless").await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("the timetable of DAG clueless gives no data interval"),
        "{said}"
    );
    assert!(said.contains("RuntimeError: no idea"), "{said}");
    site.until_count(&program, ended, 3).await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());
    let runs = "SELECT COUNT(*) FROM dag_run WHERE dag_id = 'custom' AND (
             run_id = 'by_hand'
             AND data_interval_start = '2024-04-20 00:00:00.000000'
             AND data_interval_end = '2024-05-04 00:00:00.000000'
          OR run_id = 'by_task'
             AND data_interval_start = '2024-05-04 00:00:00.000000'
             AND data_interval_end = '2024-05-18 00:00:00.000000')";
    assert_eq!(site.count(runs).await, 2);
    site.until_no_process().await;
}
