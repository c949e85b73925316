//! Calls the program on a database of its own.

use std::{path::Path, process::Output};

use assert_cmd::Command;
use tempfile::TempDir;
use updraft_metadata_db::Source as _;
use updraft_test_support::{Engine, TestDatabase};

pub(crate) struct Program {
    pub database: TestDatabase,
    home: TempDir,
}

impl Program {
    pub(crate) fn on(database: TestDatabase) -> Self {
        let home = TempDir::new().unwrap();
        Self { database, home }
    }

    /// With a DAG `alpha` of three tasks, two runs, and a DAG `beta` that is paused.
    pub(crate) async fn filled(engine: Engine) -> Self {
        Self::filled_on(TestDatabase::new(engine).await).await
    }

    /// As [`filled`](Self::filled), in a database that Updraft has added nothing to.
    pub(crate) async fn filled_of_stock(engine: Engine) -> Self {
        Self::filled_on(TestDatabase::of_stock(engine).await).await
    }

    async fn filled_on(database: TestDatabase) -> Self {
        let program = Self::on(database);
        let mut tx = program.database.db.begin().await.unwrap();
        for statement in include_str!("fill.sql").split(';') {
            let statement = statement.trim();
            if !statement.is_empty() {
                tx.query(statement.to_owned()).execute().await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        program
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_updraft"));
        command
            .env_clear()
            .env("AIRFLOW_HOME", self.home.path())
            .env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", &self.database.url)
            .env("AIRFLOW__WEBSERVER__SECRET_KEY", "testkey");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Standard output of a command that succeeds.
    #[track_caller]
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Standard error of a command that ends with `code`.
    #[track_caller]
    pub(crate) fn fails(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }
}

/// An interpreter with apache-airflow.
pub(crate) fn airflow_python() -> std::ffi::OsString {
    std::env::var_os("UPDRAFT_TEST_AIRFLOW_PYTHON")
        .expect("UPDRAFT_TEST_AIRFLOW_PYTHON must name an interpreter with apache-airflow 2.10.5")
}
