//! What a supervisor is started with.

use std::{borrow::Cow, ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

use updraft_core::{failure::OnWorkerLoss, time::Clock};
use updraft_metadata_db::{Db, log_template::LogTemplate};
use updraft_task_logs::LocalLogs;

use crate::{
    process::WarmLimits,
    questions::{SecretSources, Trigger},
};

/// `[updraft] python_sdk`: what `import airflow` is in the interpreter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PythonSdk {
    /// `apache-airflow` where it is installed, else the bundled API.
    #[default]
    Auto,
    Apache,
    /// The API that Updraft brings.
    Bundled,
    /// Nothing is imported in advance.
    None,
}

impl PythonSdk {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Apache => "apache",
            Self::Bundled => "bundled",
            Self::None => "none",
        }
    }
}

#[derive(Clone)]
pub struct SupervisorOptions {
    pub python: PathBuf,
    /// Where the embedded runtime is unpacked, into a folder named by its content.
    pub runtime_dir: PathBuf,
    /// On top of this process's environment.
    pub env: Vec<(OsString, OsString)>,
    pub sdk: PythonSdk,
    /// Python modules to import once, besides those of the SDK.
    pub preload: Vec<String>,
    /// Without a database only DAG files can be parsed.
    pub db: Option<Db>,
    pub clock: Clock,
    pub host: Host,
    pub logs: LogOptions,
    pub limits: Limits,
    pub on_worker_loss: OnWorkerLoss,
    /// What tasks are told that ask for Variables and Connections.
    pub secrets: SecretSources,
    /// Creates the runs that tasks start; without it they cannot.
    pub trigger: Option<Trigger>,
}

/// Who we are, as rows say it.
#[derive(Clone, Debug)]
pub struct Host {
    /// `[core] hostname_callable`: the web server fetches logs from there.
    pub hostname: String,
    /// The operating system's user.
    pub unixname: String,
}

/// Replaces secrets in what a task prints.
pub type Mask = Arc<dyn for<'a> Fn(&'a str) -> Cow<'a, str> + Send + Sync>;

#[derive(Clone)]
pub struct LogOptions {
    pub local: LocalLogs,
    /// `[logging] log_filename_template`, for a run that names no template.
    pub path_template: String,
    pub mask: Mask,
}

impl LogOptions {
    /// Airflow's default template, and no secrets.
    pub fn new(local: LocalLogs) -> Self {
        Self {
            local,
            path_template: LogTemplate::default().filename,
            mask: Arc::new(|text| Cow::Borrowed(text)),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub warm: WarmLimits,
    /// `[scheduler] job_heartbeat_sec`: how often signs of life are written, and state changes
    /// from outside are noticed. At most a tenth of [`Self::fence`]: one that is lost with its
    /// connection is given up after three, and the next one has to be in time.
    pub heartbeat: Duration,
    /// How often we look for supervisors of this host that died.
    pub lease_check: Duration,
    /// `[scheduler] scheduler_zombie_task_threshold`: after which silence a supervisor is taken for
    /// dead whose process cannot be looked for (another machine or container of this name).
    pub lease_silence: Duration,
    /// A supervisor whose signs of life the database does not take, although it is up, ends its tasks
    /// within this time: `scheduler_zombie_task_threshold`, or `local_task_job_heartbeat_sec` if that
    /// is shorter.
    pub fence: Duration,
    /// How long the zygote may take to start: plugins and `airflow_local_settings` are imported then.
    pub zygote_timeout: Duration,
    /// `[core] killed_task_cleanup_time`: between SIGTERM and SIGKILL.
    pub killed_task_cleanup_time: Duration,
    /// `[core] task_success_overtime`: what a task marked as success may still run.
    pub task_success_overtime: Duration,
    /// `[core] max_num_rendered_ti_fields_per_task`; 0 keeps all.
    pub max_num_rendered_ti_fields_per_task: i64,
    /// How much later than the child's own time-out the supervisor enforces `execution_timeout`.
    pub execution_timeout_slack: Duration,
    /// How long a request of a child waits for the database.
    pub request_patience: Duration,
    /// What callbacks of a dead task may take: `[core] dag_file_processor_timeout`.
    pub callback_timeout: Duration,
    /// How long callbacks wait whose process died, or could not be had.
    pub callback_retry: Duration,
    /// How long a child may take to exit after its outcome: log handlers may upload then.
    pub exit_timeout: Duration,
    /// What a write may still take when everything is to end at once, and nobody could take it over
    /// from the disk. A healthy database needs a fraction of it; in an outage somebody waits who has
    /// asked twice.
    pub last_write: Duration,
    /// What the start waits for to end what dead supervisors left. The rest is left to the watch: one
    /// row that somebody has locked must not keep everything from starting.
    pub start_patience: Duration,
    /// What the end of one lost, or spooled, try may take before the others get their turn.
    pub recovery_patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            warm: WarmLimits::default(),
            heartbeat: Duration::from_secs(5),
            lease_check: Duration::from_secs(10),
            lease_silence: Duration::from_mins(5),
            fence: Duration::from_mins(5),
            zygote_timeout: Duration::from_mins(2),
            killed_task_cleanup_time: Duration::from_mins(1),
            task_success_overtime: Duration::from_secs(20),
            max_num_rendered_ti_fields_per_task: 30,
            execution_timeout_slack: Duration::from_secs(30),
            request_patience: Duration::from_mins(10),
            callback_timeout: Duration::from_secs(50),
            callback_retry: Duration::from_secs(30),
            exit_timeout: Duration::from_mins(1),
            last_write: Duration::from_secs(5),
            start_patience: Duration::from_secs(10),
            recovery_patience: Duration::from_secs(5),
        }
    }
}
