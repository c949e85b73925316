//! Processes of this host, as `/proc` tells of them.

use updraft_supervisor::{process_space, process_start_time};

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

    /// Whether that very process is known to have ended. Nothing is known of another machine, boot
    /// or container under the same host name.
    pub(crate) fn is_dead(&self) -> bool {
        self.boot_id == process_space() && process_start_time(self.pid) != Some(self.pid_start_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_a_process_from_its_successor() {
        let this = ProcessIdentity::current().unwrap();
        assert!(!this.is_dead());
        let earlier = ProcessIdentity {
            pid_start_time: this.pid_start_time - 1,
            ..this.clone()
        };
        assert!(earlier.is_dead());
        let elsewhere = ProcessIdentity {
            boot_id: "another".to_owned(),
            ..earlier
        };
        assert!(!elsewhere.is_dead());
    }
}
