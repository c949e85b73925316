//! `dags delete`.

use rstest::rstest;
use updraft_metadata_db::Source as _;
use updraft_test_support::Engine;

use crate::program::Program;

async fn count(program: &Program, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table} WHERE dag_id = 'alpha'");
    let query = program.database.db.query(sql);
    query.fetch_scalar().await.unwrap()
}

async fn execute(program: &Program, statement: &str) {
    let mut tx = program.database.db.begin().await.unwrap();
    tx.query(statement.to_owned()).execute().await.unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn all_of_a_dag_goes(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    execute(
        &program,
        "INSERT INTO log (dag_id, event) VALUES ('alpha', 'trigger')",
    )
    .await;
    execute(
        &program,
        "INSERT INTO import_error (filename, stacktrace) VALUES ('/dags/alpha.py', 'x')",
    )
    .await;
    let told = program.fails(&["dags", "delete", "alpha", "--yes"], 1);
    assert!(
        told.starts_with("error: TaskInstances still running: second\n"),
        "{told}"
    );
    assert!(count(&program, "dag_run").await > 0);

    execute(
        &program,
        "UPDATE task_instance SET state = 'failed' WHERE state = 'running'",
    )
    .await;
    let answer = |text: &'static str| {
        let mut command = program.command();
        let output = command.args(["dags", "delete", "alpha"]).write_stdin(text);
        String::from_utf8(output.output().unwrap().stdout).unwrap()
    };
    assert!(answer("n\n").ends_with("Proceed? (y/n)Cancelled\n"));
    assert!(count(&program, "dag").await > 0);
    let said = answer("y\n");
    // A DAG, two tags, its stored form, three runs and six task instances.
    assert!(said.ends_with("Removed 13 record(s)\n"), "{said}");
    for table in [
        "dag",
        "dag_tag",
        "serialized_dag",
        "dag_run",
        "task_instance",
    ] {
        assert_eq!(count(&program, table).await, 0, "{table}");
    }
    assert_eq!(count(&program, "log").await, 1);
    let others = program.succeeds(&["dags", "list", "--columns", "dag_id", "-o", "json"]);
    assert_eq!(others, "[{\"dag_id\": \"beta\"}]\n");
    assert_eq!(
        program.succeeds(&["dags", "list-import-errors"]),
        "No data found\n"
    );
    let told = program.fails(&["dags", "delete", "alpha", "-y"], 1);
    assert!(
        told.starts_with("error: Dag id alpha not found\n"),
        "{told}"
    );
}

/// A SubDAG goes with its parent; a DAG whose id only looks like it stays.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn sub_dags_go_with_their_parent(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    execute(
        &program,
        "INSERT INTO dag (
             dag_id, root_dag_id, is_subdag, is_paused, is_active, max_active_tasks,
             max_consecutive_failed_dag_runs, has_task_concurrency_limits)
         VALUES ('beta.sub', 'beta', TRUE, FALSE, TRUE, 16, 0, FALSE),
             ('beta.other', NULL, FALSE, FALSE, TRUE, 16, 0, FALSE)",
    )
    .await;
    assert_eq!(
        program.succeeds(&["dags", "delete", "beta", "-y"]),
        "Removed 2 record(s)\n"
    );
    let left = program.succeeds(&["dags", "list", "--columns", "dag_id", "-o", "json"]);
    assert_eq!(
        left,
        "[{\"dag_id\": \"alpha\"}, {\"dag_id\": \"beta.other\"}]\n"
    );
}

/// Rows that refer to a run or to a task instance go with it.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn stock_finds_nothing_left(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    execute(
        &program,
        "UPDATE task_instance SET state = 'failed' WHERE state = 'running'",
    )
    .await;
    let id = "(SELECT id FROM dag_run WHERE run_id = 'run1')";
    for statement in [
        format!(
            "INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, timestamp)
             VALUES ({id}, 'first', -1, 'k', 'alpha', 'run1', '2024-02-01 00:00:00.000000')"
        ),
        format!(
            "INSERT INTO dag_run_note (dag_run_id, content, created_at, updated_at)
             VALUES ({id}, 'n', '2024-02-01 00:00:00.000000', '2024-02-01 00:00:00.000000')"
        ),
        "INSERT INTO task_fail (dag_id, task_id, run_id, map_index)
         VALUES ('alpha', 'first', 'run1', -1)"
            .to_owned(),
        "INSERT INTO rendered_task_instance_fields (dag_id, task_id, run_id, map_index, rendered_fields)
         VALUES ('alpha', 'first', 'run1', -1, '{}')"
            .to_owned(),
    ] {
        execute(&program, &statement).await;
    }
    program.succeeds(&["dags", "delete", "alpha", "-y"]);
    for table in ["xcom", "task_fail", "rendered_task_instance_fields"] {
        assert_eq!(count(&program, table).await, 0, "{table}");
    }
}
