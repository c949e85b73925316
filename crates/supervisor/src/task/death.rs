//! Why a process ended without an outcome, in words that help.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::stop::Stop;
use crate::process::Exit;

/// Counts how often the kernel killed for memory in our control group.
pub(super) struct MemoryKills {
    file: Option<PathBuf>,
    before: u64,
}

impl MemoryKills {
    /// Blocking, but these files are in memory.
    pub(super) fn watch() -> Self {
        let file = control_group_file();
        let before = file.as_ref().map_or(0, count);
        Self { file, before }
    }

    pub(super) fn happened(&self) -> bool {
        self.file
            .as_ref()
            .is_some_and(|file| count(file) > self.before)
    }
}

/// Where the kernel counts for our control group, in the first or the second version.
fn control_group_file() -> Option<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    groups.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (controllers, path) = (fields.nth(1)?, fields.next()?.trim_start_matches('/'));
        let file = if controllers.is_empty() {
            Path::new("/sys/fs/cgroup").join(path).join("memory.events")
        } else if controllers.split(',').any(|name| name == "memory") {
            Path::new("/sys/fs/cgroup/memory")
                .join(path)
                .join("memory.oom_control")
        } else {
            return None;
        };
        file.is_file().then_some(file)
    })
}

fn count(file: &PathBuf) -> u64 {
    fs::read_to_string(file)
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("oom_kill "))
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}

/// One sentence for the task's log.
pub(super) fn explain(
    exit: Exit,
    stopped: Option<&Stop>,
    we_killed: bool,
    memory: &MemoryKills,
) -> String {
    const SIGKILL: i32 = nix::libc::SIGKILL;
    const SIGSEGV: i32 = nix::libc::SIGSEGV;
    const SIGTERM: i32 = nix::libc::SIGTERM;
    match (exit.code, exit.signal) {
        (_, Some(SIGKILL)) if we_killed => {
            "The process did not end after SIGTERM and was killed.".to_owned()
        }
        (_, Some(SIGKILL)) if memory.happened() => {
            "The kernel killed the process because memory ran out (OOM).".to_owned()
        }
        (_, Some(SIGKILL)) => {
            "The process was killed by SIGKILL, which Updraft did not send: most \
             often the kernel does that when memory runs out (OOM)."
                .to_owned()
        }
        (_, Some(SIGSEGV)) => {
            "The process crashed (SIGSEGV, a segmentation fault in native code).".to_owned()
        }
        (_, Some(SIGTERM)) if stopped.is_some() => {
            "The process was ended by SIGTERM before it could say how the task ended.".to_owned()
        }
        (_, Some(_)) => format!("The process was ended by {exit}."),
        (Some(code), None) => format!(
            "The process exited with code {code} without saying how the task ended: most often \
             the task, or native code that it called, ended the whole process (os._exit)."
        ),
        (None, None) => "The process is gone, and nobody saw how it ended.".to_owned(),
    }
}
