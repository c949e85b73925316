//! Tasks that end badly: each has its state, and its reason in its log.

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::faults::site::{Sdk, Site};

struct Expected {
    dag_id: &'static str,
    state: &'static str,
    try_number: i32,
    /// Parts of the log.
    log: &'static [&'static str],
}

const fn failed(dag_id: &'static str, log: &'static [&'static str]) -> Expected {
    Expected {
        dag_id,
        state: "failed",
        try_number: 1,
        log,
    }
}

const fn succeeded(dag_id: &'static str, log: &'static [&'static str]) -> Expected {
    Expected {
        dag_id,
        state: "success",
        try_number: 1,
        log,
    }
}

const EXITED: &str = "ERROR - The process exited with code 7 without saying how the task ended";

const TASKS: [Expected; 21] = [
    // Not through Airflow's log, so it comes in by the pipe.
    failed("exits", &["INFO - last words", EXITED, "return code 7"]),
    Expected {
        try_number: 2,
        ..failed("fails_once_by_death", &[EXITED])
    },
    failed("leaves", &["ERROR - Task failed due to SystemExit(enough)"]),
    failed(
        "raises_unspeakable",
        &["bad_tasks.Unspeakable", "Marking task as FAILED"],
    ),
    failed(
        "kills_itself",
        &[
            "ERROR - The process was killed by SIGKILL, which Updraft did not send",
            "code -9",
        ],
    ),
    failed(
        "crashes",
        &["ERROR - The process crashed (SIGSEGV", "return code -11"],
    ),
    failed(
        "recurses",
        &["RecursionError: maximum recursion depth exceeded"],
    ),
    failed(
        "no_json",
        &["TypeError: Object of type object is not JSON serializable"],
    ),
    failed(
        "closes_everything",
        &["ERROR - The process exited with code 1"],
    ),
    failed(
        "says_what_no_column_holds",
        &["ValueError: zero \0 and half a pair \\udce9"],
    ),
    failed(
        "talks_nonsense",
        &["ERROR - Terminating the task: its messages cannot be read"],
    ),
    failed(
        "template_error",
        &["UndefinedError: 'no_such_thing' is undefined"],
    ),
    failed(
        "template_syntax",
        &["TemplateSyntaxError: unexpected end of template"],
    ),
    failed(
        "template_missing",
        &["TemplateNotFound: 'no_such_script.sh' not found"],
    ),
    succeeded("loud", &["that was all"]),
    succeeded("loud_process", &["return code 0"]),
    succeeded("garbage", &["INFO - before \u{fffd}\u{fffd}"]),
    succeeded("huge_xcom", &[]),
    succeeded("not_a_number", &[]),
    succeeded("zero_character", &[]),
    succeeded("leaves_a_process", &[]),
];

#[rstest]
#[case::sqlite(Sdk::Apache, Engine::Sqlite)]
#[case::postgres(Sdk::Apache, Engine::Postgres)]
#[case::bundled_sqlite(Sdk::Bundled, Engine::Sqlite)]
#[case::bundled_postgres(Sdk::Bundled, Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn each_task_has_its_state_and_its_reason(#[case] sdk: Sdk, #[case] engine: Engine) {
    let site = Site::new(
        TestDatabase::new(engine).await,
        &["bad/bad_tasks.py", "bad/good.py"],
    )
    .on(sdk);
    let site = site.with("AIRFLOW__CORE__KILLED_TASK_CLEANUP_TIME", "1");
    let program = site.start();
    let runs = i64::try_from(TASKS.len()).unwrap() + 5;
    site.until_count(
        &program,
        "SELECT COUNT(*) FROM dag_run WHERE state IN ('success', 'failed')",
        runs,
    )
    .await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());

    for task in &TASKS {
        let dag_id = task.dag_id;
        let rows: Vec<(String, i32)> = site
            .rows(&format!(
                "SELECT state, try_number FROM task_instance WHERE dag_id = '{dag_id}'"
            ))
            .await;
        let log = std::fs::read(site.log(dag_id, "task", task.try_number)).unwrap();
        let log = String::from_utf8_lossy(&log);
        let end = &log[log.floor_char_boundary(log.len().saturating_sub(4000))..];
        assert_eq!(
            rows,
            [(task.state.to_owned(), task.try_number)],
            "{dag_id}: {end}"
        );
        for part in task.log {
            assert!(log.contains(part), "{dag_id}: no {part:?} in {end}");
        }
    }
    let good = site
        .count("SELECT COUNT(*) FROM task_instance WHERE dag_id = 'good' AND state = 'success'")
        .await;
    assert_eq!(good, 10);
    check_what_was_kept(&site).await;
    // What a task leaves in the background is its own affair.
    for process in site.processes() {
        assert!(process.command.starts_with("sleep"), "{process:?}");
        let pid = nix::unistd::Pid::from_raw(process.pid);
        nix::sys::signal::kill(pid, Signal::SIGKILL).unwrap();
    }
}

async fn check_what_was_kept(site: &Site) {
    let value = async |dag_id: &str| {
        let rows: Vec<(Vec<u8>,)> = site
            .rows(&format!("SELECT value FROM xcom WHERE dag_id = '{dag_id}'"))
            .await;
        rows.into_iter().next().unwrap().0
    };
    assert_eq!(value("huge_xcom").await.len(), 20_000_002);
    // As Python writes it.
    assert_eq!(
        value("not_a_number").await,
        b"{\"nan\": NaN, \"infinity\": Infinity, \"big\": 1000000000000000000000000000000}"
    );
    assert_eq!(value("zero_character").await, b"\"a\\u0000b\\udce9\"");
    for (dag_id, least) in [("loud", 200_000_000), ("loud_process", 200 << 20)] {
        let length = std::fs::metadata(site.log(dag_id, "task", 1))
            .unwrap()
            .len();
        assert!(
            length > least,
            "{dag_id}: only {length} bytes of {least} are in the log"
        );
    }
}
