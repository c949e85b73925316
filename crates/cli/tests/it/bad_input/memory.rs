//! A task that the kernel ends because memory ran out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use nix::sys::signal::Signal;
use updraft_test_support::{Engine, TestDatabase};

use crate::faults::{site::Site, standalone::Standalone};

const LIMIT: &str = "700000000";

/// A control group with a limit, removed with this value.
struct Group(PathBuf);

impl Group {
    /// `None` where this process may not make one.
    fn new() -> Option<Self> {
        let name = format!("updraft-test-{}", std::process::id());
        let (folder, limits) = if Path::new("/sys/fs/cgroup/cgroup.controllers").exists() {
            (
                Path::new("/sys/fs/cgroup").join(name),
                [("memory.max", LIMIT), ("memory.swap.max", "0")],
            )
        } else {
            (
                Path::new("/sys/fs/cgroup/memory").join(name),
                [("memory.limit_in_bytes", LIMIT), ("memory.swappiness", "0")],
            )
        };
        fs::create_dir(&folder).ok()?;
        let group = Self(folder);
        for (file, value) in limits {
            fs::write(group.0.join(file), value).ok()?;
        }
        Some(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Not empty where a test failed.
        let _ = fs::remove_dir(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_takes_all_memory() {
    let Some(group) = Group::new() else {
        println!("no control groups may be made here; only SIGKILL is tested");
        return;
    };
    let site = Site::new(
        TestDatabase::new(Engine::Sqlite).await,
        &["allocates.py", "bad/good.py"],
    );
    let mut command = site.command("/bin/sh");
    command
        .args(["-c", "echo $$ >\"$1\" && exec \"$2\" standalone", "sh"])
        .arg(group.0.join("cgroup.procs"))
        .arg(env!("CARGO_BIN_EXE_updraft"));
    let program = Standalone::start(command, site.path("errors"));
    site.until_count(
        &program,
        "SELECT COUNT(*) FROM dag_run WHERE state IN ('success', 'failed')",
        6,
    )
    .await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());
    let log = fs::read_to_string(site.log("allocates", "task", 1)).unwrap();
    assert!(
        log.contains("ERROR - The kernel killed the process because memory ran out (OOM)."),
        "{log}"
    );
    let failed = site
        .count("SELECT COUNT(*) FROM task_instance WHERE state <> 'success'")
        .await;
    assert_eq!(failed, 1);
}
