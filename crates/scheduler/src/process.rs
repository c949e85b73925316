//! Processes of this host, as rows name them.

use updraft_metadata_db::Engine;
use updraft_supervisor::{has_ended, process_space, process_start_time};

use crate::settings::ProcessIdentity;

impl ProcessIdentity {
    /// The calling process. `None` where `/proc` does not tell.
    pub fn current() -> Option<Self> {
        let pid = i32::try_from(std::process::id()).ok()?;
        Some(Self {
            boot_id: process_space(),
            pid,
            pid_start_time: process_start_time(pid)?,
        })
    }

    /// Whether that very process is known to have ended.
    pub(crate) fn is_dead(&self, engine: Engine) -> bool {
        has_ended(engine, &self.boot_id, self.pid, self.pid_start_time) == Some(true)
    }
}
