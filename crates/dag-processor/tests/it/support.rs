//! A zygote with apache-airflow, a DAG folder and a database.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;
use tokio::{process::Command, sync::mpsc, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use updraft_core::{UtcDateTime, failure::OnWorkerLoss, time::Clock};
use updraft_dag_processor::{DagProcessor, DagsChanged, Event, Options};
use updraft_metadata_db::{Db, Source};
use updraft_supervisor::{
    Host, Limits, LogOptions, PythonSdk, SecretSources, Supervisor, SupervisorHandle,
    SupervisorOptions,
};
use updraft_task_logs::LocalLogs;
use updraft_test_support::{Engine, TestDatabase};

/// Longer than anything takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) struct Site {
    pub(crate) database: TestDatabase,
    pub(crate) dags: PathBuf,
    pub(crate) supervisor: SupervisorHandle,
    env: Vec<(OsString, OsString)>,
    home: TempDir,
}

pub(crate) fn clock() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "children and files live in real time"
    )]
    Arc::new(|| UtcDateTime::from(jiff::Timestamp::now()))
}

fn python() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "where the test environment is")]
    let python = std::env::var("UPDRAFT_TEST_AIRFLOW_PYTHON");
    PathBuf::from(
        python.expect(
            "UPDRAFT_TEST_AIRFLOW_PYTHON must name an interpreter with apache-airflow 2.10.5",
        ),
    )
}

impl Site {
    /// With an empty DAG folder of its own.
    pub(crate) async fn new(engine: Engine) -> Self {
        let home = TempDir::new().unwrap();
        let dags = home.path().join("dags");
        fs::create_dir(&dags).unwrap();
        let env = [("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "2")];
        Self::with(engine, home, dags, &env).await
    }

    /// With Airflow's example DAGs.
    pub(crate) async fn of_examples(engine: Engine) -> Self {
        let output = Command::new(python())
            .args(["-c", "import airflow; print(airflow.__path__[0])"])
            .env("_AIRFLOW__AS_LIBRARY", "1")
            .output()
            .await
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let dags = Path::new(text.trim()).join("example_dags");
        Self::with(engine, TempDir::new().unwrap(), dags, &[]).await
    }

    async fn with(engine: Engine, home: TempDir, dags: PathBuf, env: &[(&str, &str)]) -> Self {
        let database = TestDatabase::new(engine).await;
        let mut all = environment(home.path(), &dags, &database.url);
        all.extend(env.iter().map(|(key, value)| (key.into(), value.into())));
        let supervisor = supervise(home.path(), all.clone()).await;
        Self {
            database,
            dags,
            supervisor,
            env: all,
            home,
        }
    }

    /// Another zygote, with other memory addresses.
    pub(crate) async fn restart_python(&mut self) {
        self.supervisor = supervise(self.home.path(), self.env.clone()).await;
    }

    pub(crate) fn db(&self) -> &Db {
        &self.database.db
    }

    pub(crate) fn options(&self) -> Options {
        Options::new(self.dags.clone())
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dags.join(name);
        // In one step, as a deploy does it.
        let draft = self.home.path().join("draft");
        fs::write(&draft, text).unwrap();
        fs::rename(&draft, &path).unwrap();
        path
    }

    /// Has Airflow's own processor parse the same folder into `other`.
    pub(crate) async fn run_stock(&self, other: &TestDatabase) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/recorded/stock_rows.py");
        let status = Command::new(python())
            .arg(script)
            .arg(&self.dags)
            .envs(environment(self.home.path(), &self.dags, &other.url))
            .status()
            .await
            .unwrap();
        assert!(status.success());
    }

    pub(crate) fn start(&self, options: Options) -> Running {
        let (events, received) = mpsc::unbounded_channel();
        let (changes, news) = mpsc::channel(1000);
        let shutdown = CancellationToken::new();
        let processor =
            DagProcessor::new(options, self.db().clone(), self.supervisor.clone(), clock())
                .with_events(events);
        let task = tokio::spawn(processor.run(shutdown.clone(), changes));
        Running {
            events: received,
            news,
            shutdown,
            task,
        }
    }

    pub(crate) async fn texts(&self, sql: &'static str) -> Vec<String> {
        self.db().query(sql).fetch_scalars().await.unwrap()
    }
}

async fn supervise(home: &Path, env: Vec<(OsString, OsString)>) -> SupervisorHandle {
    let options = SupervisorOptions {
        python: python(),
        runtime_dir: home.join("runtime"),
        env,
        sdk: PythonSdk::Apache,
        preload: vec!["updraft_runtime.loader_preload".to_owned()],
        db: None,
        clock: clock(),
        host: Host {
            hostname: "host".to_owned(),
            unixname: "user".to_owned(),
        },
        logs: LogOptions::new(LocalLogs::new(home.join("logs"))),
        limits: Limits::default(),
        on_worker_loss: OnWorkerLoss::Rerun,
        secrets: SecretSources::default(),
        trigger: None,
    };
    let (supervisor, _) = Supervisor::start(options).await.unwrap();
    supervisor
}

fn environment(home: &Path, dags: &Path, url: &str) -> Vec<(OsString, OsString)> {
    let dags = dags.display().to_string();
    let home = home.display().to_string();
    let pairs = [
        ("AIRFLOW_HOME", home.as_str()),
        ("AIRFLOW__CORE__DAGS_FOLDER", dags.as_str()),
        ("AIRFLOW__CORE__LOAD_EXAMPLES", "False"),
        ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url),
        // Some operators' forms depend on the order of a set.
        ("PYTHONHASHSEED", "0"),
    ];
    pairs
        .into_iter()
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

/// A processor at work.
pub(crate) struct Running {
    pub(crate) events: mpsc::UnboundedReceiver<Event>,
    pub(crate) news: mpsc::Receiver<DagsChanged>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

/// What the tests look at in [`Event::Parsed`].
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) dags: Vec<String>,
    pub(crate) error: Option<String>,
    pub(crate) changed: bool,
}

impl Running {
    /// The next event for which `wanted` gives something.
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let find = async {
            loop {
                let event = self.events.recv().await.expect("the processor works");
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, find).await.expect("the event comes")
    }

    /// The next parse of the file of that name.
    pub(crate) async fn parsed(&mut self, name: &str) -> Parsed {
        self.until(|event| match event {
            Event::Parsed {
                file,
                dags,
                error,
                changed,
                ..
            } if file.file_name().is_some_and(|own| own == name) => Some(Parsed {
                dags: dags.clone(),
                error: error.clone(),
                changed: *changed,
            }),
            _ => None,
        })
        .await
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }
}
