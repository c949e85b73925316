//! DAG files of a person who writes them.

use std::{ffi::OsString, fs, process::Output};

use assert_cmd::Command;
use tempfile::TempDir;

pub(crate) const BUNDLED: &str = "UPDRAFT_TEST_BUNDLED_PYTHON";
pub(crate) const APACHE: &str = "UPDRAFT_TEST_AIRFLOW_PYTHON";

pub(crate) const ETL: &str = "
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

pub(crate) const BROKEN: &str = "
from datetime import datetime

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG('broken', start_date=datetime(2024, 1, 1), schedule=None):
    BashOperator(task_id='x', bash_command='true', retrys=2)
";

/// DAG files in a folder, and nothing else: no configuration, no database.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) python: OsString,
}

impl Desk {
    pub(crate) fn new(python: &str, files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("dags")).unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join("dags").join(name), text).unwrap();
        }
        let python = std::env::var_os(python).expect("an interpreter for tests");
        Self { folder, python }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
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
    pub(crate) fn run(&self, arguments: &[&str], code: i32) -> String {
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
pub(crate) fn ends(output: &Output, code: i32) {
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}\n{errors}");
}
