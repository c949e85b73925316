//! DAG files in parse children, and how badly they can behave.

use rstest::rstest;
use updraft_supervisor::ParseEnding;
use updraft_test_support::Engine;

use crate::support::Harness;

#[tokio::test]
async fn a_report_holds_what_the_child_said() {
    let harness = Harness::start(Engine::Sqlite).await;
    let path = harness.script(
        "dag.py",
        r#"channel.send({"type": "dag", "dag_id": "é"}, b"\x00\xff")
channel.send({"type": "parsed", "files": []})"#,
    );
    let report = harness.supervisor.parse(harness.parse_request(&path)).await;
    assert_eq!(report.ending, ParseEnding::Parsed, "{report:?}");
    assert_eq!(
        report.messages[0].envelope,
        r#"{"type":"dag","dag_id":"é"}"#
    );
    assert_eq!(report.messages[0].blob, [0, 255]);
    assert_eq!(report.messages.len(), 2);
}

#[rstest]
#[case::exit("import os; os._exit(7)", "exit code 7")]
#[case::system_exit("raise SystemExit(3)", "exit code 3")]
#[case::error("1 / 0", "exit code 1")]
#[case::crash(
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "signal SIGSEGV"
)]
#[case::kill(
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "signal SIGKILL"
)]
#[tokio::test]
async fn a_file_that_ends_its_process_is_named(#[case] script: &str, #[case] expected: &str) {
    let harness = Harness::start(Engine::Sqlite).await;
    let path = harness.script("dag.py", &format!("print('before')\n{script}"));
    let report = harness.supervisor.parse(harness.parse_request(&path)).await;
    let exit = expected.to_owned();
    assert_eq!(report.ending, ParseEnding::Died { exit });
    assert!(report.printed.starts_with("before"), "{}", report.printed);
    // The next file is parsed by the same zygote.
    let path = harness.script("good.py", r#"channel.send({"type": "parsed"})"#);
    let report = harness.supervisor.parse(harness.parse_request(&path)).await;
    assert_eq!(report.ending, ParseEnding::Parsed);
}

#[tokio::test]
async fn an_endless_file_is_killed_with_what_it_started() {
    let harness = Harness::start(Engine::Sqlite).await;
    let path = harness.script(
        "dag.py",
        "import subprocess\nprint(subprocess.Popen(['sleep', '1000']).pid, flush=True)\nwhile True: pass",
    );
    let mut request = harness.parse_request(&path);
    request.processor_timeout = 1.0;
    let report = harness.supervisor.parse(request).await;
    assert_eq!(report.ending, ParseEnding::TimedOut);
    crate::limits::assert_ends(report.printed.trim().parse().unwrap()).await;
}

#[tokio::test]
async fn a_python_that_does_not_start_is_reported() {
    let harness = Harness::start_with(Engine::Sqlite, |options| {
        options.python = "/nonexistent/python".into();
    })
    .await;
    let report = harness
        .supervisor
        .parse(harness.parse_request("/dags/x.py"))
        .await;
    let ParseEnding::NotStarted { error } = report.ending else {
        panic!("{report:?}");
    };
    assert!(error.contains("/nonexistent/python"), "{error}");
}
