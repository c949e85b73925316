//! A deployment of one test: a home, DAG files, a database, and what the tasks write down.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;
use tokio::process::Command;
use updraft_metadata_db::{Retry, Row, Source as _};
use updraft_test_support::TestDatabase;

use super::standalone::{PATIENCE, Standalone};
use crate::bundled::bundled_python;

/// What `import airflow` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sdk {
    Apache,
    Bundled,
}

pub(crate) struct Site {
    pub(crate) database: TestDatabase,
    home: TempDir,
    environment: Vec<(String, String)>,
}

impl Site {
    /// With copies of those files of `tests/dags`; folders give what is in them.
    pub(crate) fn new(database: TestDatabase, files: &[&str]) -> Self {
        let home = TempDir::new().unwrap();
        let dags = home.path().join("dags");
        fs::create_dir(&dags).unwrap();
        fs::create_dir(home.path().join("trace")).unwrap();
        for name in files {
            let from =
                Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/dags")).join(name);
            if from.is_file() {
                fs::copy(&from, dags.join(from.file_name().unwrap())).unwrap();
                continue;
            }
            for entry in fs::read_dir(from).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    fs::copy(&path, dags.join(path.file_name().unwrap())).unwrap();
                }
            }
        }
        Self {
            database,
            home,
            environment: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// DAG files and tasks have that SDK.
    pub(crate) fn on(self, sdk: Sdk) -> Self {
        match sdk {
            Sdk::Apache => self,
            Sdk::Bundled => self
                .with("AIRFLOW__UPDRAFT__PYTHON", bundled_python())
                .with("AIRFLOW__UPDRAFT__PYTHON_SDK", "bundled"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The command without its arguments.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("AIRFLOW_HOME", self.home.path())
            .env("AIRFLOW__CORE__DAGS_FOLDER", self.path("dags"))
            .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
            .env("AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION", "False")
            .env("AIRFLOW__CORE__PARALLELISM", "4")
            .env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", &self.database.url)
            .env("AIRFLOW__UPDRAFT__PYTHON", airflow_python())
            .env("UPDRAFT_TEST_TRACE", self.path("trace"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn start(&self) -> Standalone {
        let mut command = self.command(env!("CARGO_BIN_EXE_updraft"));
        command.arg("standalone");
        Standalone::start(command, self.path("errors"))
    }

    pub(crate) async fn rows<R: Row>(&self, statement: &str) -> Vec<R> {
        loop {
            let query = self.database.db.query(statement.to_owned());
            match query.fetch_all().await {
                // After an outage every connection of the pool is broken.
                Err(error) if error.retry() == Retry::Connection => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                rows => return rows.unwrap(),
            }
        }
    }

    pub(crate) async fn count(&self, statement: &str) -> i64 {
        let rows: Vec<(i64,)> = self.rows(statement).await;
        rows[0].0
    }

    /// Waits until a `SELECT COUNT(*)` gives `wanted`. Rows announce nothing, hence the looks.
    pub(crate) async fn until_count(&self, program: &Standalone, statement: &str, wanted: i64) {
        let counted = async {
            while self.count(statement).await != wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, counted).await.is_err() {
            let now = self.count(statement).await;
            let open = self.unfinished().await;
            panic!(
                "{now} instead of {wanted}: {statement}; unfinished: {open:#?}; {}",
                program.told()
            );
        }
    }

    /// Waits until a `SELECT COUNT(*)` finds something.
    pub(crate) async fn until_some(&self, program: &Standalone, statement: &str) {
        let found = async {
            while self.count(statement).await == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, found).await;
        assert!(found.is_ok(), "never: {statement}; {}", program.told());
    }

    /// For messages of failed tests.
    async fn unfinished(&self) -> Vec<Unfinished> {
        self.rows(
            "SELECT t.dag_id, t.run_id, t.task_id, t.state, t.try_number, t.max_tries, t.job_id,
                 t.external_executor_id, u.tag, u.state AS try_state
             FROM task_instance t
             JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id
             LEFT JOIN updraft_task_try u
                 ON u.dag_id = t.dag_id AND u.run_id = t.run_id AND u.task_id = t.task_id
                AND u.try_number = t.try_number
             WHERE r.state NOT IN ('success', 'failed')
               AND (t.state IS NULL OR t.state NOT IN ('success', 'skipped'))",
        )
        .await
    }

    /// The log of a task's try in its scheduled run of 2024-01-01.
    pub(crate) fn log(&self, dag_id: &str, task_id: &str, try_number: i32) -> PathBuf {
        self.path(&format!(
            "logs/dag_id={dag_id}/run_id=scheduled__2024-01-01T00:00:00+00:00/task_id={task_id}/\
             attempt={try_number}.log"
        ))
    }

    /// Waits until no process of this deployment is left: the zygote ends after the program.
    pub(crate) async fn until_no_process(&self) {
        let gone = async {
            while !self.processes().is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, gone).await;
        assert!(waited.is_ok(), "left: {:?}", self.processes());
    }

    /// Every process of this deployment that is alive.
    pub(crate) fn processes(&self) -> Vec<Process> {
        let wanted = format!("AIRFLOW_HOME={}", self.home.path().display());
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok())
            else {
                continue;
            };
            // It may end at any moment.
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            if environment
                .split(|byte| *byte == 0)
                .any(|variable| variable == wanted.as_bytes())
            {
                let arguments = fs::read(entry.path().join("cmdline")).unwrap_or_default();
                let command = String::from_utf8_lossy(&arguments).replace('\0', " ");
                let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
                let parent = stat
                    .rsplit_once(") ")
                    .and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok())
                    .unwrap_or_default();
                found.push(Process {
                    pid,
                    parent,
                    command,
                });
            }
        }
        found
    }
}

#[derive(Debug, sqlx::FromRow)]
#[expect(dead_code, reason = "printed")]
struct Unfinished {
    dag_id: String,
    run_id: String,
    task_id: String,
    state: Option<String>,
    try_number: i32,
    max_tries: i32,
    job_id: Option<i32>,
    external_executor_id: Option<String>,
    tag: Option<String>,
    try_state: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    pub(crate) command: String,
}

pub(crate) fn airflow_python() -> PathBuf {
    std::env::var_os("UPDRAFT_TEST_AIRFLOW_PYTHON")
        .expect(
            "UPDRAFT_TEST_AIRFLOW_PYTHON must name an interpreter with apache-airflow 2.10.5; \
             `make test` sets it",
        )
        .into()
}
