//! DAG files that cannot be imported: each has a row in `import_error`, the others run.

use std::collections::HashMap;

use nix::sys::signal::Signal;
use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::faults::site::{Sdk, Site};

/// The file, and a part of what is told of it.
const ERRORS: [(&str, &str); 11] = [
    ("syntax_error.py", "SyntaxError: invalid syntax"),
    ("cycle.py", "Cycle detected in DAG: cycle"),
    (
        "duplicate_task_id.py",
        // In the words of either SDK.
        "airflow.exceptions.DuplicateTaskIdFound: ",
    ),
    ("endless_import.py", "after 1.0s"),
    (
        "stubborn_import.py",
        "The file was not parsed within 3 seconds ([core] dag_file_processor_timeout)",
    ),
    (
        "exits_at_import.py",
        "The process that imported the file ended before the import did: exit code 3",
    ),
    (
        "leaves_at_import.py",
        "SystemExit: usage: nobody expects this",
    ),
    (
        "killed_at_import.py",
        "The process that imported the file ended before the import did: signal SIGKILL",
    ),
    ("not_utf8.py", "'utf-8' codec can't decode byte 0xe9"),
    ("zero_at_import.py", "ValueError: before "),
    (
        "zero_in_description.py",
        "The DAG zero_in_description cannot be stored: its description holds a zero character",
    ),
];

/// What no tool for Python may find among our files.
const NO_PYTHON: [(&str, &[u8]); 2] = [
    (
        "syntax_error.py",
        b"# A DAG file of airflow.\ndef broken(:\n    pass\n",
    ),
    (
        "not_utf8.py",
        b"# A DAG file of airflow.\nname = \"caf\xe9\"\n",
    ),
];

#[rstest]
#[case::sqlite(Sdk::Apache, Engine::Sqlite)]
#[case::postgres(Sdk::Apache, Engine::Postgres)]
#[case::bundled_sqlite(Sdk::Bundled, Engine::Sqlite)]
#[case::bundled_postgres(Sdk::Bundled, Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn each_file_has_its_import_error_and_the_others_run(
    #[case] sdk: Sdk,
    #[case] engine: Engine,
) {
    let site = Site::new(TestDatabase::new(engine).await, &["bad"])
        .on(sdk)
        .with("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "1")
        .with("AIRFLOW__CORE__DAG_FILE_PROCESSOR_TIMEOUT", "3");
    std::fs::remove_file(site.path("dags/bad_tasks.py")).unwrap();
    for (name, content) in NO_PYTHON {
        std::fs::write(site.path("dags").join(name), content).unwrap();
    }
    let mut program = site.start();
    // SQLite takes what PostgreSQL does not.
    let expected: HashMap<_, _> = ERRORS
        .into_iter()
        .filter(|(name, _)| engine == Engine::Postgres || *name != "zero_in_description.py")
        .collect();
    let wanted = i64::try_from(expected.len()).unwrap();
    site.until_count(&program, "SELECT COUNT(*) FROM import_error", wanted)
        .await;
    let rows: Vec<(String, String)> = site
        .rows("SELECT filename, stacktrace FROM import_error")
        .await;
    for (path, stacktrace) in &rows {
        let name = path.rsplit('/').next().unwrap();
        let text = expected
            .get(name)
            .unwrap_or_else(|| panic!("{path}: {stacktrace}"));
        assert!(stacktrace.contains(text), "{path}: {stacktrace}");
    }
    site.until_count(
        &program,
        "SELECT COUNT(*) FROM dag_run WHERE dag_id = 'good' AND state = 'success'",
        5,
    )
    .await;

    // A file that is mended loses its error, and its DAG runs.
    let mended = "from datetime import datetime\nfrom airflow import DAG\n\
        from airflow.operators.empty import EmptyOperator\n\
        with DAG('mended', schedule='@once', start_date=datetime(2024, 1, 1)):\n    \
        EmptyOperator(task_id='task')\n";
    std::fs::write(site.path("dags/syntax_error.py"), mended).unwrap();
    program
        .until("the run of the mended file", |lines| {
            lines
                .iter()
                .any(|line| line.contains("mended") && line.contains("success"))
        })
        .await;
    let errors = site
        .count("SELECT COUNT(*) FROM import_error WHERE filename LIKE '%syntax_error.py'")
        .await;
    assert_eq!(errors, 0);
    program.signal(Signal::SIGINT);
    assert!(program.exited().await.success());
    site.until_no_process().await;
}
