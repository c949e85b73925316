//! A task that the kernel ends because memory ran out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::faults::{
    site::{Sdk, Site},
    standalone::Standalone,
};

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

/// Where no control group can be made, the test sends the SIGKILL that the kernel would send; what
/// differs is that then nobody counts it as the kernel's.
#[rstest]
#[case::apache(Sdk::Apache)]
#[case::bundled(Sdk::Bundled)]
#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_takes_all_memory(#[case] sdk: Sdk) {
    let mut site = Site::new(
        TestDatabase::new(Engine::Sqlite).await,
        &["allocates.py", "bad/good.py"],
    )
    .on(sdk);
    let group = Group::new();
    let reason = if group.is_some() {
        "ERROR - The kernel killed the process because memory ran out (OOM)."
    } else {
        site = site.with("UPDRAFT_TEST_MEMORY", "unlimited");
        "ERROR - The process was killed by SIGKILL, which Updraft did not send: most often the kernel \
         does that when memory runs out (OOM)."
    };
    let program = start(&site, group.as_ref());
    if group.is_none() {
        site.until_count(&program, RUNNING, 1).await;
        let pid =
            site.count("SELECT CAST(pid AS BIGINT) FROM task_instance WHERE dag_id = 'allocates'");
        let pid = Pid::from_raw(i32::try_from(pid.await).unwrap());
        kill(pid, Signal::SIGKILL).unwrap();
    }
    site.until_count(
        &program,
        "SELECT COUNT(*) FROM dag_run WHERE state IN ('success', 'failed')",
        6,
    )
    .await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());
    let log = fs::read_to_string(site.log("allocates", "task", 1)).unwrap();
    assert!(log.contains(reason), "{log}");
    assert!(log.contains("Task exited with return code -9"), "{log}");
    let states: Vec<(String, i64)> = site
        .rows(
            "SELECT t.dag_id || ' ' || t.state || ' ' || r.state, COUNT(*)
             FROM task_instance t
             JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id
             GROUP BY t.dag_id, t.state, r.state
             ORDER BY 1",
        )
        .await;
    assert_eq!(
        states,
        [
            ("allocates failed failed".to_owned(), 1),
            ("good success success".to_owned(), 10)
        ]
    );
}

const RUNNING: &str =
    "SELECT COUNT(*) FROM task_instance WHERE dag_id = 'allocates' AND state = 'running'";

fn start(site: &Site, group: Option<&Group>) -> Standalone {
    let Some(group) = group else {
        return site.start();
    };
    let mut command = site.command("/bin/sh");
    command
        .args(["-c", "echo $$ >\"$1\" && exec \"$2\" standalone", "sh"])
        .arg(group.0.join("cgroup.procs"))
        .arg(env!("CARGO_BIN_EXE_updraft"));
    Standalone::start(command, site.path("errors"))
}
