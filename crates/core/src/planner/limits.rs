//! What bounds a plan beside the facts in the snapshot.

use std::collections::HashMap;

use jiff::SignedDuration;

/// Options that stay the same while the scheduler runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `[core] max_task_retry_delay`, the bound of exponential back-off.
    pub max_task_retry_delay: SignedDuration,
    /// `[scheduler] allow_trigger_in_future`: runs may start before their execution date.
    pub allow_trigger_in_future: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_task_retry_delay: SignedDuration::from_hours(24),
            allow_trigger_in_future: false,
        }
    }
}

/// What this scheduler may do in one plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Free slots of this scheduler's executors.
    pub executor_slots: ExecutorSlots,
    /// `[scheduler] max_dagruns_to_create_per_loop`.
    pub max_dagruns_to_create_per_loop: usize,
    /// `[scheduler] use_job_schedule`: whether scheduled runs are created at all.
    pub use_job_schedule: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            executor_slots: ExecutorSlots::default(),
            max_dagruns_to_create_per_loop: 10,
            use_job_schedule: true,
        }
    }
}

/// Free slots: `[core] parallelism` less what the executor holds, `u32::MAX` for no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecutorSlots {
    /// Of the default executor, which runs tasks that name none.
    pub default: u32,
    /// Of every executor by the names that tasks may use for it. An alias of the default executor
    /// is not listed here but in `default_names`.
    pub named: HashMap<String, u32>,
    /// Names that mean the default executor.
    pub default_names: Vec<String>,
}

impl ExecutorSlots {
    /// One executor, the default one.
    pub fn of_default(open: u32) -> Self {
        Self {
            default: open,
            ..Self::default()
        }
    }
}
