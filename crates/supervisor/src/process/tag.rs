//! Finds processes by the tag of the try that they belong to.
//!
//! Programs carry it in their environment; a process that was only forked still shows its fork
//! server's environment, so it holds an anonymous file with the tag as its name.

use std::{collections::HashSet, fs, path::Path};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

const VARIABLE: &[u8] = b"UPDRAFT_TASK_TAG=";
const FILE: &str = "/memfd:updraft:";

/// Processes, other than this one, that carry one of `tags`. Reads all of /proc: blocking.
fn tagged_processes(tags: &HashSet<String>) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let own = Pid::this();
    entries
        .flatten()
        .filter_map(|entry| {
            let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?);
            (pid != own && carries(&entry.path(), tags)).then_some(pid)
        })
        .collect()
}

/// Kills what carries one of `tags`, again and again until nothing is left (a process may fork
/// while it is looked for); the number of processes killed. Blocking.
pub(crate) fn kill_tagged(tags: &HashSet<String>) -> usize {
    const ROUNDS: usize = 20;
    let mut killed = HashSet::new();
    for _ in 0..ROUNDS {
        let found = tagged_processes(tags);
        if found.is_empty() {
            break;
        }
        for pid in found {
            if kill(pid, Signal::SIGKILL).is_ok() {
                killed.insert(pid);
            }
        }
        std::thread::yield_now();
    }
    killed.len()
}

fn carries(process: &Path, tags: &HashSet<String>) -> bool {
    in_environment(process, tags) || holds_file(process, tags)
}

fn in_environment(process: &Path, tags: &HashSet<String>) -> bool {
    let Ok(environment) = fs::read(process.join("environ")) else {
        return false;
    };
    environment.split(|byte| *byte == 0).any(|variable| {
        variable
            .strip_prefix(VARIABLE)
            .and_then(|tag| str::from_utf8(tag).ok())
            .is_some_and(|tag| tags.contains(tag))
    })
}

fn holds_file(process: &Path, tags: &HashSet<String>) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else {
        return false;
    };
    descriptors.flatten().any(|descriptor| {
        fs::read_link(descriptor.path())
            .ok()
            .as_deref()
            .and_then(Path::to_str)
            .and_then(|target| target.strip_prefix(FILE))
            .map(|name| name.strip_suffix(" (deleted)").unwrap_or(name))
            .is_some_and(|tag| tags.contains(tag))
    })
}
