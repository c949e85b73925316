//! Short questions: states, jobs, next dates, and the completion of what is typed.

use std::process::{Command, Stdio};

use rstest::rstest;
use updraft_metadata_db::Source as _;
use updraft_test_support::Engine;

use crate::program::Program;

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_a_task_instance(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    let state =
        |arguments: &[&str]| program.succeeds(&[&["tasks", "state", "alpha"], arguments].concat());
    assert_eq!(state(&["first", "run1"]), "success\n");
    assert_eq!(state(&["third", "2024-02-01"]), "None\n");
    assert_eq!(
        state(&["first", "2024-02-28", "--map-index", "0"]),
        "failed\n"
    );
    assert_eq!(state(&["third", "2024-02-28"]), "None\n");
    let error = program.fails(&["tasks", "state", "alpha", "nope", "run1"], 1);
    assert!(error.starts_with("error: Task nope not found\n"), "{error}");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_next_dates(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    assert_eq!(
        program.succeeds(&["dags", "next-execution", "alpha", "-n", "3"]),
        "2024-03-01T00:00:00+00:00\n2024-03-02T00:00:00+00:00\n2024-03-03T00:00:00+00:00\n"
    );
    let mut tx = program.database.db.begin().await.unwrap();
    tx.query("UPDATE dag SET next_dagrun = NULL")
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        program.succeeds(&["dags", "next-execution", "alpha"]),
        "None\n"
    );
}

fn check<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["jobs", "check", "--job-type", "SchedulerJob"], arguments].concat()
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn jobs(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    assert_eq!(
        program.fails(&check(&[]), 1),
        "error: No alive jobs found.\n"
    );
    let mut tx = program.database.db.begin().await.unwrap();
    tx.query(
        "INSERT INTO job (dag_id, state, job_type, start_date, latest_heartbeat, hostname)
         VALUES
             (NULL, 'running', 'SchedulerJob', '2024-01-02 00:00:00.000000',
              '2999-01-02 00:00:00.000000', 'one'),
             (NULL, 'running', 'SchedulerJob', '2024-01-03 00:00:00.000000',
              '2999-01-01 00:00:00.000000', 'two'),
             (NULL, 'running', 'SchedulerJob', '2024-01-03 00:00:00.000000',
              '2024-01-03 00:00:00.000000', 'silent'),
             ('alpha', 'success', 'LocalTaskJob', '2024-01-01 00:00:00.000000',
              '2999-01-01 00:00:00.000000', 'one')",
    )
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(program.succeeds(&check(&[])), "Found one alive job.\n");
    assert_eq!(
        program.succeeds(&check(&["--hostname", "two"])),
        "Found one alive job.\n"
    );
    let error = program.fails(&check(&["--limit", "0"]), 1);
    assert_eq!(error, "error: Found 2 alive jobs. Expected only one.\n");
    let several = check(&["--limit", "9", "--allow-multiple"]);
    assert_eq!(program.succeeds(&several), "Found 2 alive jobs.\n");
    assert!(
        program
            .fails(&check(&["--hostname", "silent"]), 1)
            .contains("No alive jobs")
    );
    assert!(
        program
            .fails(&check(&["--allow-multiple"]), 1)
            .contains("greater than 1")
    );

    assert_eq!(
        program.succeeds(&["dags", "list-jobs", "-d", "alpha", "-o", "json"]),
        "[{\"dag_id\": \"alpha\", \"state\": \"success\", \"job_type\": \"LocalTaskJob\", \
         \"start_date\": \"2024-01-01 00:00:00+00:00\", \"end_date\": \"None\"}]\n"
    );
    let newest = program.succeeds(&["dags", "list-jobs", "--limit", "1", "-o", "plain"]);
    assert_eq!(newest.lines().count(), 2, "{newest}");
    let error = program.fails(&["dags", "list-jobs", "-d", "nope"], 1);
    assert!(
        error.contains("DAG: nope does not exist in 'dag' table"),
        "{error}"
    );
}

/// Bash itself completes with the script.
#[test]
fn bash_completes_commands() {
    let script = "source <(\"$PROGRAM\" completion bash)\n\
                  COMP_WORDS=(updraft connections ex)\n\
                  COMP_CWORD=2\n\
                  _updraft updraft ex connections\n\
                  echo \"${COMPREPLY[@]}\"\n";
    let output = Command::new("bash")
        .args(["-c", script])
        .env("PROGRAM", env!("CARGO_BIN_EXE_updraft"))
        .env("AIRFLOW_HOME", "/nonexistent")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "export\n",
        "{errors}"
    );
}
