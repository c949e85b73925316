//! `dags`.

use rstest::rstest;
use serde_json::{Value, json};
use updraft_metadata_db::Source as _;
use updraft_test_support::{Engine, TestDatabase};

use crate::program::{Program, airflow_python};

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn lists(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    assert_eq!(
        program.succeeds(&["dags", "list"]),
        "\
dag_id | fileloc             | owners  | is_paused
=======+=====================+=========+==========
alpha  | /dags/alpha.py      | airflow | False    
beta   | /dags/other/beta.py | ann,bob | True     
                                                  
"
    );
    let arguments = [
        "dags",
        "list",
        "--columns",
        "dag_id,tags,schedule_interval",
        "-o",
        "yaml",
    ];
    assert_eq!(
        program.succeeds(&arguments),
        "\
- dag_id: alpha
  schedule_interval:
    __type: CronExpression
    value: '@daily'
  tags:
  - name: a
  - name: b
- dag_id: beta
  schedule_interval:
    __type: TimeDelta
    days: '1'
    microseconds: '0'
    seconds: '0'
  tags: []

"
    );
    let below = program.succeeds(&["dags", "list", "-S", "/dags/other", "--columns", "dag_id"]);
    assert!(
        below.contains("beta") && !below.contains("alpha"),
        "{below}"
    );
    let output = program.run(&["dags", "list", "--columns", "dag_id,nope"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("invalid columns: [\"nope\"]"), "{error}");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn details(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    let text = program.succeeds(&["dags", "details", "alpha", "-o", "json"]);
    let details: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        details,
        json!([{
            "dag_id": "alpha", "dag_display_name": "alpha", "root_dag_id": null,
            "is_paused": "False", "is_active": "True", "is_subdag": "False",
            "last_parsed_time": "2024-03-01T00:00:01+00:00", "last_pickled": null,
            "last_expired": null, "scheduler_lock": null, "pickle_id": null,
            "default_view": "grid", "fileloc": "/dags/alpha.py",
            "file_token": details[0]["file_token"], "owners": ["airflow"],
            "description": "First",
            "schedule_interval": {"__type": "CronExpression", "value": "@daily"},
            "timetable_description": "At 00:00", "tags": [{"name": "a"}, {"name": "b"}],
            "max_active_tasks": "16", "max_active_runs": "16",
            "max_consecutive_failed_dag_runs": "0", "has_task_concurrency_limits": "False",
            "has_import_errors": "False", "next_dagrun": "2024-03-01T00:00:00+00:00",
            "next_dagrun_data_interval_start": "2024-03-01T00:00:00+00:00",
            "next_dagrun_data_interval_end": "2024-03-02T00:00:00+00:00",
            "next_dagrun_create_after": "2024-03-02T00:00:00+00:00"
        }])
    );
    let table = program.succeeds(&["dags", "details", "beta"]);
    assert!(
        table.starts_with("property_name                   | property_value"),
        "{table}"
    );
    assert!(
        table.contains("dag_display_name                | The beta"),
        "{table}"
    );
    let error = program.fails(&["dags", "details", "nope"], 1);
    assert_eq!(
        error,
        "error: DAG: nope does not exist in 'dag' table\nhint: `updraft dags list` lists the DAGs\n"
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn pauses(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    assert_eq!(
        program.succeeds(&["dags", "unpause", "beta"]),
        "dag_id | is_paused\n=======+==========\nbeta   | False    \n                  \n"
    );
    assert_eq!(
        program.succeeds(&["dags", "unpause", "beta"]),
        "No paused DAGs were found\n"
    );
    assert_eq!(
        program.succeeds(&[
            "dags",
            "pause",
            "^(alpha|beta)$",
            "--treat-dag-id-as-regex",
            "-y",
            "-o",
            "plain"
        ]),
        "dag_id    is_paused\nalpha     True\nbeta      True\n"
    );
    let answer = |text: &'static str| {
        let output = program
            .command()
            .args(["dags", "unpause", ".*a", "--treat-dag-id-as-regex"])
            .write_stdin(text)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let question = "You are about to unpause 2 DAGs:\nalpha,beta\n\nAre you sure? [y/n]\n";
    assert_eq!(
        answer("no\n"),
        format!("{question}Operation cancelled by user\n")
    );
    assert!(answer("y\n").starts_with(&format!("{question}dag_id | is_paused\n")));
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn sub_dags_are_paused_with_their_root(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    let mut tx = program.database.db.begin().await.unwrap();
    tx.query(
        "INSERT INTO dag (
             dag_id, root_dag_id, is_subdag, is_paused, max_active_tasks,
             max_consecutive_failed_dag_runs, has_task_concurrency_limits)
         VALUES ('alpha.sub', 'alpha', TRUE, FALSE, 16, 0, FALSE)",
    )
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    program.succeeds(&["dags", "pause", "alpha"]);
    let paused: Vec<String> = program
        .database
        .db
        .query("SELECT dag_id FROM dag WHERE is_paused ORDER BY dag_id")
        .fetch_scalars()
        .await
        .unwrap();
    assert_eq!(paused, ["alpha", "alpha.sub", "beta"]);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn import_errors_show_in_the_exit_code(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    assert_eq!(
        program.succeeds(&["dags", "list-import-errors"]),
        "No data found\n"
    );
    let mut tx = program.database.db.begin().await.unwrap();
    tx.query(
        "INSERT INTO import_error (filename, stacktrace) VALUES ('/dags/x.py', 'line 1\n  line 2')",
    )
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let output = program.run(&["dags", "list-import-errors"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.is_empty());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "\
filepath   | error   
===========+=========
/dags/x.py | line 1  
           |   line 2
                     
"
    );
    let output = program.run(&["dags", "list"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("`updraft dags list-import-errors`"),
        "{error}"
    );
}

/// One that cannot be read is no success, and hinders no other.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn reserialize_fails_for_what_it_cannot_read(#[case] engine: Engine) {
    const GOOD: &str = "from airflow import DAG\ndag = DAG('good', schedule=None)\n";
    let program = Program::on(TestDatabase::new(engine).await);
    let dags = program.home().join("dags");
    std::fs::create_dir(&dags).unwrap();
    std::fs::write(dags.join("good.py"), GOOD).unwrap();
    // A link to itself cannot be followed by anybody, root included.
    let away = dags.join("away.py");
    std::os::unix::fs::symlink(&away, &away).unwrap();
    let output = program
        .command()
        .env("AIRFLOW__UPDRAFT__PYTHON", airflow_python())
        .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        .args(["dags", "reserialize"])
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains(&away.display().to_string()), "{errors}");
    let stored: Vec<String> = program
        .database
        .db
        .query("SELECT dag_id FROM serialized_dag")
        .fetch_scalars()
        .await
        .unwrap();
    assert_eq!(stored, ["good"]);
}
