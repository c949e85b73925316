//! How many warm DAG processes there may be, and how large and old they may become.

use std::time::Duration;

/// Bounds of the warm DAG processes.
#[derive(Clone, Copy, Debug)]
pub struct WarmLimits {
    /// Age at which a process is replaced, counted from its import; zero switches them off.
    pub max_age: Duration,
    pub max_processes: usize,
    /// Memory that they do not share with the zygote, in all.
    pub max_memory_kb: u64,
    /// An import that takes longer is killed; its tasks import by themselves then.
    pub load_timeout: Duration,
}

impl Default for WarmLimits {
    fn default() -> Self {
        Self {
            max_age: Duration::from_secs(30),
            max_processes: 8,
            max_memory_kb: 512 * 1024,
            load_timeout: Duration::from_mins(1),
        }
    }
}
