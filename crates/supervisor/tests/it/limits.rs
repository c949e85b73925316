//! Output, signals, and deaths of the processes around a task.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rstest::rstest;
use updraft_core::state::TaskInstanceState;
use updraft_supervisor::{Command, Event, ParseEnding};
use updraft_test_support::Engine;

use crate::support::{DAG_RUN, Harness, key};

/// The process is gone or a zombie. The kernel gives no event for a stranger's end but a pidfd;
/// polling is what is left.
pub(crate) async fn assert_ends(pid: i32) {
    let ended = async {
        loop {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
            match stat {
                Ok(stat) if !stat.contains(") Z ") => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                _ => break,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), ended)
        .await
        .expect("the process ends");
}

/// The pid that a script wrote to a file beside it.
async fn pid_in(harness: &Harness, name: &str) -> i32 {
    let path = harness.folder.path().join(name);
    loop {
        if let Ok(text) = std::fs::read_to_string(&path)
            && text.ends_with('\n')
        {
            return text.trim().parse().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn write_pid(name: &str, expression: &str) -> String {
    format!(
        "import os\npath = os.path.join(os.path.dirname(message['path']), '{name}')\n\
         open(path + '.new', 'w').write(str({expression}) + '\\n')\nos.rename(path + '.new', path)\n"
    )
}

#[tokio::test]
async fn output_of_any_size_and_kind_reaches_the_log() {
    let mut harness = Harness::start(Engine::Sqlite).await;
    let request = harness
        .queue(
            "noisy",
            r#"
import os
os.write(1, b"\xff\xfe first\n")
line = b"x" * 99 + b"\n"
for _ in range(500):
    os.write(1, line * 1000)
os.write(2, b"last, without end")
succeed()
"#,
        )
        .await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(TaskInstanceState::Success));
    harness.drain().await;
    let log = harness.log("noisy");
    assert_eq!(
        log.lines().filter(|line| line.ends_with("xxx")).count(),
        500_000
    );
    assert!(log.contains("INFO - \u{fffd}\u{fffd} first\n"));
    assert!(log.contains("{logging_mixin.py:190} INFO - last, without end\n"));
}

#[tokio::test]
async fn a_full_disk_costs_lines_but_no_task() {
    let mut harness = Harness::start(Engine::Sqlite).await;
    let request = harness
        .queue(
            "unlogged",
            "for _ in range(100_000): print('x' * 50)\nsucceed()",
        )
        .await;
    // Opened like any log file, and every write to it fails.
    let folder = harness
        .folder
        .path()
        .join(format!("logs/dag_id=d/run_id={DAG_RUN}/task_id=unlogged"));
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.join("attempt=1.log")).unwrap();
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(TaskInstanceState::Success));
}

#[tokio::test]
async fn a_process_left_in_the_background_does_not_hold_the_task() {
    let mut harness = Harness::start(Engine::Sqlite).await;
    let script = format!(
        "import subprocess\nchild = subprocess.Popen(['sleep', '1000'])\n{}succeed()",
        write_pid("pid", "child.pid")
    );
    let request = harness.queue("leaves", &script).await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(TaskInstanceState::Success));
    harness.drain().await;
    let pid = pid_in(&harness, "pid").await;
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
}

#[tokio::test]
async fn a_process_left_in_the_background_that_prints_for_ever_is_not_followed() {
    let mut harness = Harness::start(Engine::Sqlite).await;
    let script = format!(
        "import subprocess\nchild = subprocess.Popen(['yes'])\n{}succeed()",
        write_pid("pid", "child.pid")
    );
    let request = harness.queue("chatty", &script).await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(TaskInstanceState::Success));
    harness.drain().await;
    // Nobody reads its pipe any more.
    assert_ends(pid_in(&harness, "pid").await).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_state_set_from_outside_ends_the_process(#[case] engine: Engine) {
    let mut harness = Harness::start(engine).await;
    let script = format!(
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{}while True: signal.pause()",
        write_pid("pid", "os.getpid()")
    );
    let request = harness.queue("stubborn", &script).await;
    harness.run(request).await;
    let pid = pid_in(&harness, "pid").await;
    harness
        .execute("UPDATE task_instance SET state = 'failed'")
        .await;
    let finished = harness.finished().await;
    assert_eq!(finished.state, None);
    assert_ends(pid).await;
    harness.drain().await;
    let log = harness.log("stubborn");
    assert!(log.contains("externally set to failed"), "{log}");
    assert!(log.contains("Sending SIGKILL"), "{log}");
    let state = harness.text("SELECT state FROM task_instance").await;
    assert_eq!(state.as_deref(), Some("failed"));
    let job = harness.text("SELECT state FROM job").await;
    assert_eq!(job.as_deref(), Some("success"));
}

#[tokio::test]
async fn terminate_lets_the_task_say_how_it_ended() {
    let mut harness = Harness::start(Engine::Sqlite).await;
    let script = format!(
        "import signal, sys\ndef stop(*_):\n    end('failed', exception='stopped')\n    sys.exit(1)\n\
         signal.signal(signal.SIGTERM, stop)\n{}while True: signal.pause()",
        write_pid("pid", "os.getpid()")
    );
    let request = harness.queue("polite", &script).await;
    harness.run(request).await;
    pid_in(&harness, "pid").await;
    harness
        .send(Command::Terminate {
            key: key("polite"),
            try_number: 1,
            reason: "a test".to_owned(),
        })
        .await;
    let finished = harness.finished().await;
    assert_eq!(finished.state, Some(TaskInstanceState::Failed));
    assert_eq!(finished.reason.as_deref(), Some("stopped"));
}

#[tokio::test]
async fn a_task_outlives_the_zygote_and_its_end_is_noticed() {
    let mut harness = Harness::start(Engine::Sqlite).await;
    let script = format!(
        "import time\n{}{}while not os.path.exists(path + '.go'): time.sleep(0.005)\nos._exit(9)",
        write_pid("zygote", "os.getppid()"),
        write_pid("pid", "os.getpid()")
    );
    let request = harness.queue("survivor", &script).await;
    harness.run(request).await;
    let pid = pid_in(&harness, "pid").await;
    let zygote = pid_in(&harness, "zygote").await;
    kill(Pid::from_raw(zygote), Signal::SIGKILL).unwrap();
    assert_ends(zygote).await;
    kill(Pid::from_raw(pid), None).expect("the task lives");
    std::fs::write(harness.folder.path().join("pid.go"), "").unwrap();
    let finished = harness.finished().await;
    assert_eq!(finished.state, Some(TaskInstanceState::Failed));
    assert_ends(pid).await;
    // A new zygote serves the next task.
    let request = harness.queue("next", "succeed()").await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(TaskInstanceState::Success));
    harness.drain().await;
    let log = harness.log("survivor");
    assert!(log.contains("exited with code 9"), "{log}");
}

#[test]
fn the_death_of_the_supervisor_ends_its_children() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (harness, deaf, polite) = runtime.block_on(async {
        let harness = Harness::start(Engine::Sqlite).await;
        let script = format!(
            "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{}while True: signal.pause()",
            write_pid("deaf", "os.getpid()")
        );
        let request = harness.queue("deaf", &script).await;
        harness.run(request).await;
        let script = format!("{}import signal\nsignal.pause()", write_pid("polite", "os.getpid()"));
        let request = harness.queue("polite", &script).await;
        harness.run(request).await;
        let deaf = pid_in(&harness, "deaf").await;
        let polite = pid_in(&harness, "polite").await;
        (harness, deaf, polite)
    });
    // Every descriptor of the supervisor closes, as when its process dies.
    runtime.shutdown_background();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        assert_ends(polite).await;
        assert_ends(deaf).await;
    });
    drop(harness);
}

#[tokio::test]
async fn an_execution_timeout_that_the_child_misses_is_enforced() {
    let mut harness = Harness::start_with(Engine::Sqlite, |options| {
        options.limits.execution_timeout_slack = Duration::ZERO;
        options.limits.callback_timeout = Duration::from_secs(1);
    })
    .await;
    let script = "import signal\nchannel.send({'type': 'execution_timeout', 'seconds': 0.05})\n\
                  while True: signal.pause()";
    let request = harness.queue("endless", script).await;
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(TaskInstanceState::Failed));
    harness.drain().await;
    let log = harness.log("endless");
    assert!(log.contains("after its execution_timeout"), "{log}");
    assert!(log.contains("ended by SIGTERM"), "{log}");
    // The script is as endless in the process of its callbacks, which are not begun again.
    assert!(
        log.contains("took longer than 1 s and were killed"),
        "{log}"
    );
    let waiting = harness
        .number("SELECT COUNT(*) FROM updraft_callback")
        .await;
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn a_task_runs_as_the_user_it_names_or_says_why_not() {
    let mut harness = Harness::start(Engine::Sqlite).await;
    let mut request = harness
        .queue(
            "impersonated",
            "import os\nprint('uid', os.getuid())\nsucceed()",
        )
        .await;
    let folder = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(harness.folder.path(), folder).unwrap();
    request.run_as_user = Some("nobody".to_owned());
    let finished = harness.run_to_end(request).await;
    harness.drain().await;
    let log = harness.log("impersonated");
    if nix::unistd::geteuid().is_root() {
        assert_eq!(finished.state, Some(TaskInstanceState::Success), "{log}");
        assert!(log.contains("INFO - uid 65534\n"), "{log}");
    } else {
        assert_eq!(finished.state, Some(TaskInstanceState::Failed), "{log}");
        assert!(
            log.contains("needs a supervisor that runs as root"),
            "{log}"
        );
    }
}

#[tokio::test]
async fn kill_ends_everything_and_stops() {
    let mut harness = Harness::start(Engine::Sqlite).await;
    let script = format!(
        "{}import signal\nsignal.pause()",
        write_pid("pid", "os.getpid()")
    );
    let request = harness.queue("running", &script).await;
    harness.run(request).await;
    let pid = pid_in(&harness, "pid").await;
    harness.send(Command::Kill).await;
    let late = harness.queue("late", "succeed()").await;
    harness.run(late).await;
    let mut seen = Vec::new();
    loop {
        match harness.event().await {
            Event::Stopped => break,
            Event::TaskFinished(finished) => seen.push(finished.state),
            _ => {}
        }
    }
    assert_eq!(seen, [Some(TaskInstanceState::Failed)]);
    assert_ends(pid).await;
}

#[tokio::test]
async fn a_zygote_that_hangs_is_killed_and_says_where() {
    let mut harness = Harness::start_with(Engine::Sqlite, |options| {
        options.preload.push("hangs".to_owned());
        options.limits.zygote_timeout = Duration::from_secs(3);
    })
    .await;
    let path = harness.script("dag.py", "");
    let mut request = harness.parse_request(&path);
    request.processor_timeout = 0.1;
    let report = harness.supervisor.parse(request).await;
    let ParseEnding::NotStarted { error } = report.ending else {
        panic!("{report:?}");
    };
    assert!(error.contains("no process could be had"), "{error}");
    let error = harness
        .wait(|event| match event {
            Event::NotReady { error } => Some(error),
            _ => None,
        })
        .await;
    assert!(error.contains("not ready within 3 s"), "{error}");
    let (_, pid) = error.split_once("this plugin hangs in process ").unwrap();
    assert_ends(pid.trim().parse().unwrap()).await;
}
