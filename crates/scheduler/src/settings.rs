//! What a scheduler is started with.

use jiff::SignedDuration;
use updraft_core::{failure::OnWorkerLoss, planner};
use updraft_serialized_dag::Defaults;

/// Options that stay the same while the scheduler runs.
#[derive(Clone, Debug)]
pub struct Settings {
    pub host: Host,
    /// `[core] dags_folder`, absolute.
    pub dags_folder: String,
    pub planner: planner::Settings,
    pub serialized_dag: Defaults,
    /// `[scheduler] max_dagruns_to_create_per_loop`
    pub max_dagruns_to_create_per_loop: usize,
    /// `[scheduler] use_job_schedule`
    pub use_job_schedule: bool,
    /// `[updraft] on_worker_loss`
    pub on_worker_loss: OnWorkerLoss,
    /// `[scheduler] num_stuck_in_queued_retries`
    pub num_stuck_in_queued_retries: u32,
    pub intervals: Intervals,
}

/// Who we are, as rows say it.
#[derive(Clone, Debug)]
pub struct Host {
    /// `[core] hostname_callable`
    pub hostname: String,
    /// The operating system's user.
    pub unixname: String,
    /// This process, where its start can be told; its death then needs no time-out.
    pub process: Option<ProcessIdentity>,
}

/// A process of this host, told apart from a later one with the same number by its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessIdentity {
    /// Within what `pid` means something: a boot of a machine, and a process namespace on it.
    pub boot_id: String,
    pub pid: i32,
    /// Field 22 of `/proc/<pid>/stat`.
    pub pid_start_time: i64,
}

/// How often what is looked at, and how long what may take.
#[derive(Clone, Copy, Debug)]
pub struct Intervals {
    /// The fallback for changes that nobody announced; active runs only.
    pub poll: SignedDuration,
    /// The fallback for changes of DAG rows that nobody announced.
    pub dags: SignedDuration,
    /// Announced changes are looked at together when they come closer than this.
    pub settle: SignedDuration,
    /// Every cached run is read again whole.
    pub whole_read: SignedDuration,
    /// A run whose row somebody else had locked, or that was not as expected, is tried again.
    pub refused: SignedDuration,
    /// `[scheduler] scheduler_heartbeat_sec`
    pub heartbeat: SignedDuration,
    /// `[scheduler] scheduler_health_check_threshold`
    pub health_check_threshold: SignedDuration,
    /// How often dead schedulers are looked for.
    pub orphans: SignedDuration,
    /// `[scheduler] zombie_detection_interval`
    pub zombie_detection: SignedDuration,
    /// `[scheduler] scheduler_zombie_task_threshold`
    pub zombie_threshold: SignedDuration,
    /// `[scheduler] task_queued_timeout_check_interval`
    pub queued_check: SignedDuration,
    /// `[scheduler] task_queued_timeout`
    pub queued_timeout: SignedDuration,
}

impl Default for Intervals {
    fn default() -> Self {
        Self {
            poll: SignedDuration::from_secs(1),
            dags: SignedDuration::from_secs(5),
            settle: SignedDuration::from_millis(100),
            whole_read: SignedDuration::from_secs(30),
            refused: SignedDuration::from_millis(50),
            heartbeat: SignedDuration::from_secs(5),
            health_check_threshold: SignedDuration::from_secs(30),
            orphans: SignedDuration::from_secs(10),
            zombie_detection: SignedDuration::from_secs(10),
            zombie_threshold: SignedDuration::from_secs(300),
            queued_check: SignedDuration::from_secs(120),
            queued_timeout: SignedDuration::from_secs(600),
        }
    }
}
