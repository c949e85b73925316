//! The product's own examples, in a Python that has no apache-airflow.

use std::{fs, path::Path};

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::faults::site::Site;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/dags");

/// Runs that every start of the examples has, however the hour falls.
const EXPECTED: &[(&str, usize)] = &[
    ("customer_history", 5),
    ("daily_catch_up", 7),
    ("extract_load", 1),
    ("flaky_source", 1),
    ("quality_gate", 1),
    ("retention", 1),
    ("wait_for_delivery", 1),
    ("word_count", 1),
];

pub(crate) fn bundled_python() -> String {
    #[expect(clippy::disallowed_methods, reason = "where the test environment is")]
    let python = std::env::var("UPDRAFT_TEST_BUNDLED_PYTHON").ok();
    python.expect(
        "UPDRAFT_TEST_BUNDLED_PYTHON must name an interpreter with jinja2 and pendulum alone",
    )
}

/// How many runs of the DAG are said to have ended.
fn ended(lines: &[String], dag_id: &str) -> usize {
    let run = format!(" run      {dag_id} ");
    let over = |line: &&String| line.contains(" success in ") || line.contains(" failed in ");
    lines
        .iter()
        .filter(|line| line.contains(&run))
        .filter(over)
        .count()
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn the_examples_run_without_apache_airflow(#[case] engine: Engine) {
    let site = Site::new(TestDatabase::new(engine).await, &[])
        .with("AIRFLOW__UPDRAFT__PYTHON", bundled_python())
        .with("AIRFLOW__UPDRAFT__PYTHON_SDK", "auto");
    // They keep their files in the folder for temporary files.
    let scratch = site.path("scratch");
    fs::create_dir(&scratch).unwrap();
    let site = site.with("TMPDIR", scratch.to_str().unwrap());
    for entry in fs::read_dir(Path::new(EXAMPLES)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, site.path("dags").join(path.file_name().unwrap())).unwrap();
        }
    }
    let mut program = site.start();
    program
        .until("every run of the examples", |lines| {
            EXPECTED
                .iter()
                .all(|(dag_id, runs)| ended(lines, dag_id) >= *runs)
        })
        .await;
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());
    let failed = site
        .rows::<(String, String)>("SELECT dag_id, run_id FROM dag_run WHERE state = 'failed'")
        .await;
    assert_eq!(failed, []);
    let errors = site
        .rows::<(String,)>("SELECT stacktrace FROM import_error")
        .await;
    assert_eq!(errors, []);
    // Two retries of the flaky source, and a branch that was not taken.
    let tries =
        "SELECT COUNT(*) FROM task_instance WHERE dag_id = 'flaky_source' AND try_number = 3";
    assert_eq!(site.count(tries).await, 1);
    let skipped =
        "SELECT COUNT(*) FROM task_instance WHERE dag_id = 'quality_gate' AND state = 'skipped'";
    assert!(site.count(skipped).await >= 1);
}
