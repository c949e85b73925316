//! `db`.

use rstest::rstest;
use updraft_test_support::{Engine, TestDatabase};

use crate::program::Program;

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn from_nothing_to_a_database(#[case] engine: Engine) {
    let program = Program::on(TestDatabase::empty(engine).await);
    let error = program.fails(&["db", "check-migrations", "-t", "0"], 1);
    assert!(error.contains("the database is empty"), "{error}");
    assert_eq!(
        program.succeeds(&["db", "check"]),
        "Connection successful.\n"
    );

    let text = program.succeeds(&["db", "migrate"]);
    assert!(text.starts_with("DB: "), "{text}");
    assert!(text.ends_with("Database migrating done!\n"), "{text}");
    program.succeeds(&["db", "check-migrations"]);
    program.succeeds(&["db", "init"]);
    assert_eq!(program.succeeds(&["dags", "list"]), "No data found\n");
    assert_eq!(std::fs::read_dir(program.home()).unwrap().count(), 0);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_reset_asks_first(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    let output = program
        .command()
        .args(["db", "reset"])
        .write_stdin("n\n")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stderr, b"error: Cancelled\n");
    assert!(program.succeeds(&["dags", "list"]).contains("alpha"));
    program.succeeds(&["db", "reset", "-y"]);
    assert_eq!(program.succeeds(&["dags", "list"]), "No data found\n");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn another_version_is_refused(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    let error = program.fails(&["db", "migrate", "--to-version", "2.9.0"], 1);
    assert!(error.contains("no tables of Airflow 2.9.0"), "{error}");
    program.succeeds(&["db", "migrate", "--to-version", "2.10.5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer() {
    let program = Program::on(TestDatabase::empty(Engine::Sqlite).await);
    let output = program
        .command()
        .env(
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
            "postgresql://u:letmein@127.0.0.1:1/d",
        )
        .args(["db", "check"])
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("Connection refused"), "{error}");
    assert!(
        error.ends_with(
            "hint: check that the server runs, and the host and port in [database] \
             sql_alchemy_conn\n"
        ),
        "{error}"
    );
    assert!(!error.contains("letmein"), "{error}");
}
