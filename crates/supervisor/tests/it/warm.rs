//! Warm DAG processes.

use std::time::Duration;

use updraft_core::state::TaskInstanceState as State;
use updraft_supervisor::WarmLimits;
use updraft_test_support::Engine;

use crate::support::Harness;

async fn harness() -> Harness {
    Harness::start_with(Engine::Sqlite, |options| {
        options.limits.warm = WarmLimits {
            max_age: Duration::from_mins(10),
            ..WarmLimits::default()
        };
    })
    .await
}

/// Runs a task of the DAG file and gives the pid of the process it was forked from.
async fn parent(harness: &mut Harness, task_id: &str, file: &str) -> String {
    let mut request = harness.queue(task_id, "").await;
    let path = harness.folder.path().join(file);
    path.to_str().unwrap().clone_into(&mut request.path);
    let finished = harness.run_to_end(request).await;
    assert_eq!(finished.state, Some(State::Success), "{finished:?}");
    std::fs::read_to_string(harness.folder.path().join("parent")).unwrap()
}

const DAG: &str = r#"# import
import os
if __name__ == "__task__":
    with open(os.path.join(os.path.dirname(message["path"]), "parent"), "w") as file:
        file.write(str(os.getppid()))
    succeed()
"#;

#[tokio::test]
async fn tasks_of_one_file_share_its_import_until_it_changes() {
    let mut harness = harness().await;
    harness
        .wait(|event| (event == updraft_supervisor::Event::Ready).then_some(()))
        .await;
    harness.script("dag.py", DAG);
    let first = parent(&mut harness, "first", "dag.py").await;
    let second = parent(&mut harness, "second", "dag.py").await;
    assert_eq!(first, second);
    harness.script("dag.py", &format!("{DAG}# changed"));
    let third = parent(&mut harness, "third", "dag.py").await;
    assert_ne!(first, third);
}

#[tokio::test]
async fn a_file_that_leaves_a_thread_or_a_socket_is_not_kept() {
    let mut harness = harness().await;
    harness
        .wait(|event| (event == updraft_supervisor::Event::Ready).then_some(()))
        .await;
    for (name, line) in [
        (
            "thread",
            "threading.Thread(target=threading.Event().wait, daemon=True).start()",
        ),
        ("socket", "kept = socket.socket()"),
        ("exit", "os._exit(3)"),
        ("error", "raise ValueError"),
    ] {
        let file = format!("{name}.py");
        let text = format!(
            "{DAG}if __name__ == '__import__':\n    import threading, socket\n    {line}\n"
        );
        harness.script(&file, &text);
        let first = parent(&mut harness, &format!("{name}-1"), &file).await;
        let second = parent(&mut harness, &format!("{name}-2"), &file).await;
        assert_eq!(first, second, "{name}: both come from the zygote");
    }
}
