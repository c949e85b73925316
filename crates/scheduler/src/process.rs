//! Processes of this host, as `/proc` tells of them.

use crate::settings::ProcessIdentity;

impl ProcessIdentity {
    /// The calling process. `None` where `/proc` does not tell.
    pub fn current() -> Option<Self> {
        let pid = i32::try_from(std::process::id()).ok()?;
        Some(Self {
            boot_id: boot_id()?,
            pid,
            pid_start_time: start_time(pid)?,
        })
    }

    /// Whether that very process still exists. A zombie is dead.
    pub fn is_alive(&self) -> bool {
        boot_id().is_some_and(|boot_id| boot_id == self.boot_id)
            && start_time(self.pid) == Some(self.pid_start_time)
    }
}

fn boot_id() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

/// Field 22 of `/proc/<pid>/stat`, in clock ticks since the machine's start.
fn start_time(pid: i32) -> Option<i64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the command in parentheses, may hold anything.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_a_process_from_its_successor() {
        let this = ProcessIdentity::current().unwrap();
        assert!(this.is_alive());
        let earlier = ProcessIdentity {
            pid_start_time: this.pid_start_time - 1,
            ..this
        };
        assert!(!earlier.is_alive());
    }
}
