//! A running supervisor for a test, and rows for it to work on.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use tempfile::TempDir;
use tokio::sync::mpsc;
use updraft_core::{MapIndex, TaskInstanceKey, UtcDateTime, failure::OnWorkerLoss, time::Clock};
use updraft_metadata_db::{Db, Source as _};
use updraft_supervisor::{
    Command, Event, Host, Limits, LogOptions, ParseRequest, PythonSdk, SecretSources, Supervisor,
    SupervisorHandle, SupervisorOptions, TaskFinished, TaskRequest, WarmLimits,
};
use updraft_task_logs::LocalLogs;
use updraft_test_support::{Engine, TestDatabase};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) const DAG_RUN: &str = "manual__2024-01-01T00:00:00+00:00";

/// A supervisor whose "DAG files" are scripts (see `python/scripted.py`).
pub(crate) struct Harness {
    pub(crate) folder: TempDir,
    pub(crate) database: TestDatabase,
    pub(crate) options: SupervisorOptions,
    pub(crate) supervisor: SupervisorHandle,
    pub(crate) events: mpsc::UnboundedReceiver<Event>,
}

pub(crate) fn python() -> PathBuf {
    std::env::var_os("UPDRAFT_TEST_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

/// Time that passes by a microsecond with every look at it, so that ends come after starts.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<i64>>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(1_704_067_200_000_000)))
    }

    pub(crate) fn clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.pass(1))
    }

    pub(crate) fn advance(&self, seconds: i64) -> UtcDateTime {
        self.pass(seconds * 1_000_000)
    }

    fn pass(&self, micros: i64) -> UtcDateTime {
        let mut last = self.0.lock().unwrap();
        *last += micros;
        UtcDateTime::from_micros(*last).unwrap()
    }
}

pub(crate) fn options(folder: &Path, db: Option<Db>) -> SupervisorOptions {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/python");
    SupervisorOptions {
        python: python(),
        runtime_dir: folder.join("runtime"),
        env: vec![
            ("PYTHONPATH".into(), modules.into_os_string()),
            ("PYTHONDONTWRITEBYTECODE".into(), OsString::from("1")),
            ("UPDRAFT_ORPHAN_GRACE_SECONDS".into(), OsString::from("1")),
        ],
        sdk: PythonSdk::None,
        preload: vec!["scripted".to_owned()],
        db,
        clock: TestClock::new().clock(),
        host: Host {
            hostname: "test-host".to_owned(),
            unixname: "tester".to_owned(),
        },
        logs: LogOptions::new(LocalLogs::new(folder.join("logs"))),
        limits: Limits {
            heartbeat: Duration::from_millis(50),
            killed_task_cleanup_time: Duration::from_millis(300),
            task_success_overtime: Duration::from_millis(50),
            warm: WarmLimits {
                max_age: Duration::ZERO,
                ..WarmLimits::default()
            },
            ..Limits::default()
        },
        on_worker_loss: OnWorkerLoss::Rerun,
        secrets: SecretSources::default(),
        trigger: None,
    }
}

impl Harness {
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::start_with(engine, |_| {}).await
    }

    pub(crate) async fn start_with(
        engine: Engine,
        change: impl FnOnce(&mut SupervisorOptions),
    ) -> Self {
        Self::start_on(TestDatabase::new(engine).await, change).await
    }

    pub(crate) async fn start_on(
        database: TestDatabase,
        change: impl FnOnce(&mut SupervisorOptions),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = options(folder.path(), Some(database.db.clone()));
        change(&mut options);
        let (supervisor, events) = Supervisor::start(options.clone()).await.unwrap();
        Self {
            folder,
            database,
            options,
            supervisor,
            events,
        }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.database.db
    }

    /// Writes a script and gives its path.
    pub(crate) fn script(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A queued task instance whose try runs the script.
    pub(crate) async fn queue(&self, task_id: &str, script: &str) -> TaskRequest {
        self.queue_with(task_id, script, 0).await
    }

    pub(crate) async fn queue_with(
        &self,
        task_id: &str,
        script: &str,
        max_tries: i32,
    ) -> TaskRequest {
        let path = self.script(&format!("{task_id}.py"), script);
        insert_task_instance(self.db(), task_id, max_tries).await;
        TaskRequest {
            key: key(task_id),
            try_number: 1,
            path,
            dags_folder: self.folder.path().to_str().unwrap().to_owned(),
            run_as_user: None,
            mark_success: false,
            external_executor_id: None,
            owner: Some("airflow".to_owned()),
            retries: None,
        }
    }

    pub(crate) async fn send(&self, command: Command) {
        self.supervisor.commands.send(command).await.unwrap();
    }

    pub(crate) async fn run(&self, request: TaskRequest) {
        self.send(Command::RunTask(Box::new(request))).await;
    }

    pub(crate) async fn event(&mut self) -> Event {
        tokio::time::timeout(PATIENCE, self.events.recv())
            .await
            .expect("an event comes in time")
            .expect("the supervisor runs")
    }

    /// The next event that `wanted` knows; others are passed over.
    pub(crate) async fn wait<T>(&mut self, wanted: impl Fn(Event) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(self.event().await) {
                return found;
            }
        }
    }

    pub(crate) async fn finished(&mut self) -> TaskFinished {
        self.wait(|event| match event {
            Event::TaskFinished(finished) => Some(*finished),
            _ => None,
        })
        .await
    }

    pub(crate) async fn run_to_end(&mut self, request: TaskRequest) -> TaskFinished {
        self.run(request).await;
        self.finished().await
    }

    /// Everything is written and every child has ended.
    pub(crate) async fn drain(&mut self) {
        self.send(Command::Drain).await;
        self.wait(|event| (event == Event::Stopped).then_some(()))
            .await;
    }

    pub(crate) fn parse_request(&self, path: &str) -> ParseRequest {
        ParseRequest {
            id: 0,
            path: path.to_owned(),
            dags_folder: self.folder.path().to_str().unwrap().to_owned(),
            safe_mode: true,
            import_timeout: 30.0,
            processor_timeout: 50.0,
            shared: false,
            request: serde_json::Value::Null,
        }
    }

    pub(crate) fn log(&self, task_id: &str) -> String {
        let path = self.folder.path().join(format!(
            "logs/dag_id=d/run_id={DAG_RUN}/task_id={task_id}/attempt=1.log"
        ));
        std::fs::read_to_string(path).unwrap()
    }

    /// The first column of the first row, as text.
    pub(crate) async fn text(&self, sql: &'static str) -> Option<String> {
        let row: Option<(Option<String>,)> = self.db().query(sql).fetch_optional().await.unwrap();
        row.and_then(|(text,)| text)
    }

    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        self.db().query(sql).fetch_scalar().await.unwrap()
    }

    pub(crate) async fn bytes(&self, sql: &'static str) -> Vec<u8> {
        self.db().query(sql).fetch_scalar().await.unwrap()
    }

    pub(crate) async fn execute(&self, sql: &'static str) {
        let mut tx = self.db().begin().await.unwrap();
        tx.query(sql).execute().await.unwrap();
        tx.commit().await.unwrap();
    }
}

pub(crate) fn key(task_id: &str) -> TaskInstanceKey {
    TaskInstanceKey {
        dag_id: "d".into(),
        run_id: DAG_RUN.into(),
        task_id: task_id.into(),
        map_index: MapIndex::UNMAPPED,
    }
}

pub(crate) async fn insert_task_instance(db: &Db, task_id: &str, max_tries: i32) {
    let mut tx = db.begin().await.unwrap();
    tx.query(
        "INSERT INTO dag_run (
             dag_id, run_id, run_type, execution_date, state, log_template_id, clear_number)
         VALUES ('d', $1, 'manual', '2024-01-01 00:00:00.000000', 'running', 1, 0)
         ON CONFLICT (dag_id, run_id) DO NOTHING",
    )
    .bind(DAG_RUN)
    .execute()
    .await
    .unwrap();
    tx.query(
        "INSERT INTO task_instance (
             dag_id, run_id, task_id, map_index, state, try_number, max_tries, hostname, pool,
             pool_slots, queue, priority_weight, operator)
         VALUES ('d', $1, $2, -1, 'queued', 1, $3, '', 'default_pool', 1, 'default', 1,
             'PythonOperator')",
    )
    .bind(DAG_RUN)
    .bind(task_id.to_owned())
    .bind(max_tries)
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// Another process makes the file; polling is the only way to see it without a race.
pub(crate) async fn wait_for_file(path: &Path) {
    let exists = async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, exists)
        .await
        .expect("the file is made in time");
}

/// Asks again and again: nobody tells of it.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let search = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, search).await;
    assert!(found.is_ok(), "it comes in time");
}

/// So many statements wait for a lock. Not through the harness, whose connections may all do.
pub(crate) async fn waiters(db: &Db, wanted: i64) {
    let waiting = "SELECT COUNT(DISTINCT l.pid) FROM pg_locks l
         JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE NOT l.granted AND a.datname = current_database()";
    until(async || {
        let found: i64 = db.query(waiting).fetch_scalar().await.unwrap();
        found >= wanted
    })
    .await;
}
