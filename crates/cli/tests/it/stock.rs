//! Stock's command line beside ours, on one database and with one Fernet key.

use std::process::{Command, Output};

use crate::program::Program;

pub(crate) const KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

/// Settings of both; `ELSEWHERE` is a Variable and a connection that the environment has.
const ENVIRONMENT: [(&str, &str); 4] = [
    ("AIRFLOW__CORE__FERNET_KEY", KEY),
    ("AIRFLOW__CORE__LOAD_EXAMPLES", "False"),
    ("AIRFLOW_VAR_ELSEWHERE", "environment"),
    ("AIRFLOW_CONN_ELSEWHERE", "http://user@host/?a=b"),
];

/// Standard output of our program.
#[track_caller]
pub(crate) fn ours(program: &Program, arguments: &[&str]) -> String {
    let mut command = program.command();
    let output = command.envs(ENVIRONMENT).args(arguments).output().unwrap();
    text(&output, arguments)
}

/// Standard output of stock Airflow.
#[track_caller]
pub(crate) fn stock(program: &Program, arguments: &[&str]) -> String {
    let python = std::env::var_os("UPDRAFT_TEST_AIRFLOW_PYTHON").unwrap();
    let output = Command::new(python)
        .args(["-m", "airflow"])
        .args(arguments)
        .env_clear()
        .env("AIRFLOW_HOME", program.home())
        .env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", &program.database.url)
        .envs(ENVIRONMENT)
        .output()
        .unwrap();
    text(&output, arguments)
}

#[track_caller]
fn text(output: &Output, arguments: &[&str]) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}
