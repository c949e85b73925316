//! Runs of DAGs: listed, and triggered.

use rstest::rstest;
use serde_json::{Value, json};
use updraft_metadata_db::{JsonText, Source as _};
use updraft_test_support::Engine;

use crate::program::Program;

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn runs(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    let list = |more: &[&str]| {
        let arguments: Vec<&str> = ["dags", "list-runs", "-d", "alpha"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        program.succeeds(&arguments)
    };
    assert_eq!(
        list(&[]),
        "\
dag_id | run_id                               | state   | execution_date            | start_date                       | end_date                 
=======+======================================+=========+===========================+==================================+==========================
alpha  | scheduled__2024-02-28T00:00:00+00:00 | success | 2024-02-28T00:00:00+00:00 | 2024-02-29T00:00:00.250000+00:00 | 2024-02-29T00:01:00+00:00
alpha  | backfill__2024-02-02T00:00:00+00:00  | failed  | 2024-02-02T00:00:00+00:00 |                                  |                          
alpha  | run1                                 | running | 2024-02-01T00:00:00+00:00 | 2024-02-01T00:00:05+00:00        |                          
                                                                                                                                                  
"
    );
    let ids = |more: &[&str]| {
        let arguments: Vec<&str> = more.iter().copied().chain(["-o", "json"]).collect();
        let rows: Vec<Value> = serde_json::from_str(&list(&arguments)).unwrap();
        rows.iter()
            .map(|row| row["run_id"].as_str().unwrap()[..4].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&["--state", "running"]), ["run1"]);
    assert_eq!(ids(&["--no-backfill"]), ["sche", "run1"]);
    assert_eq!(ids(&["-s", "2024-02-02"]), ["sche", "back"]);
    assert_eq!(ids(&["-s", "2024-02-02", "-e", "2024-02-03"]), ["back"]);
    program.fails(&["dags", "list-runs", "-d", "nope"], 1);

    let state = |date: &str| program.succeeds(&["dags", "state", "alpha", date]);
    assert_eq!(state("2024-02-01"), "running\n");
    assert_eq!(state("2024-02-05"), "None\n");
    program.fails(&["dags", "state", "nope", "2024-02-05"], 1);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn triggers(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    let conf = r#"{"a": 1, "b": [null, 1.5, "x"]}"#;
    let table = program.succeeds(&[
        "dags",
        "trigger",
        "alpha",
        "-e",
        "2024-03-05",
        "-r",
        "mine",
        "-c",
        conf,
    ]);
    assert!(table.contains("{'a': 1, 'b': [None,"), "{table}");
    assert_eq!(
        program.succeeds(&["dags", "state", "alpha", "2024-03-05"]),
        "queued, {\"a\": 1, \"b\": [null, 1.5, \"x\"]}\n"
    );
    let text = program.succeeds(&[
        "dags",
        "trigger",
        "alpha",
        "-e",
        "2024-03-06T03:04:05.678",
        "-o",
        "json",
    ]);
    let rows: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        rows,
        json!([{
            "conf": {}, "dag_id": "alpha", "dag_run_id": "manual__2024-03-06T03:04:05+00:00",
            "data_interval_start": "2024-03-05 00:00:00+00:00",
            "data_interval_end": "2024-03-06 00:00:00+00:00", "end_date": null,
            "external_trigger": "True", "last_scheduling_decision": null,
            "logical_date": "2024-03-06 03:04:05+00:00", "run_type": "manual",
            "start_date": null, "state": "queued"
        }])
    );
    let error = program.fails(&["dags", "trigger", "alpha", "-r", "mine"], 1);
    assert!(
        error.contains("A DAG Run already exists for DAG alpha at"),
        "{error}"
    );
    let error = program.fails(&["dags", "trigger", "nope"], 1);
    assert!(
        error.starts_with("error: Dag id nope not found in DagModel\n"),
        "{error}"
    );
    for conf in ["{", "[1]", "1"] {
        let error = program.fails(&["dags", "trigger", "alpha", "-c", conf], 1);
        assert!(error.contains("--conf"), "{error}");
    }
    let error = program.fails(&["dags", "trigger", "alpha", "-r", "../x"], 1);
    assert!(error.contains("run id"), "{error}");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn sub_dags_are_triggered_with_their_parent(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    store_alpha(
        &program,
        r#"{"__version": 1, "dag": {"_dag_id": "alpha", "tasks": [{"__var": {"task_id": "sub",
            "_task_type": "SubDagOperator", "subdag": {"_dag_id": "alpha.sub", "tasks": [
                {"task_id": "leaf", "_task_type": "EmptyOperator", "_is_empty": true}]}}}]}}"#,
    )
    .await;
    program.succeeds(&["dags", "trigger", "alpha", "-r", "mine"]);
    let instances: Vec<(String, String)> = program
        .database
        .db
        .query(
            "SELECT t.dag_id, t.task_id
             FROM task_instance t
             JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id
             WHERE r.run_id = 'mine' AND r.state = 'queued' AND r.external_trigger
             ORDER BY t.dag_id",
        )
        .fetch_all()
        .await
        .unwrap();
    let wanted = [("alpha", "sub"), ("alpha.sub", "leaf")]
        .map(|(dag_id, task_id)| (dag_id.to_owned(), task_id.to_owned()));
    assert_eq!(instances, wanted);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_needs_values_that_its_parameters_take(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    let definition = r#"{"__version": 1, "dag": {"_dag_id": "alpha", "tasks": [], "params": [
        ["name", {"__class": "airflow.models.param.Param", "description": null,
            "default": {"__var": null, "__type": "arg_not_set"},
            "schema": {"__var": {"type": "string"}, "__type": "dict"}}]]}}"#;
    store_alpha(&program, definition).await;
    let runs = program.succeeds(&["dags", "list-runs", "-d", "alpha"]);
    let error = program.fails(&["dags", "trigger", "alpha"], 1);
    assert!(
        error.starts_with(
            "error: Invalid input for param name: No value passed and Param has no default value\n"
        ),
        "{error}"
    );
    let error = program.fails(&["dags", "trigger", "alpha", "-c", r#"{"name": 5}"#], 1);
    assert!(
        error.starts_with("error: Invalid input for param name: 5 is not of type 'string'\n"),
        "{error}"
    );
    assert_eq!(
        program.succeeds(&["dags", "list-runs", "-d", "alpha"]),
        runs
    );
    program.succeeds(&["dags", "trigger", "alpha", "-c", r#"{"name": "x"}"#]);
}

async fn store_alpha(program: &Program, definition: &str) {
    let mut tx = program.database.db.begin().await.unwrap();
    tx.query("UPDATE serialized_dag SET data = $1 WHERE dag_id = 'alpha'")
        .bind(JsonText(definition.to_owned()))
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
