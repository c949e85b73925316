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

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_reset_may_leave_nothing(#[case] engine: Engine) {
    let program = Program::filled(engine).await;
    program.succeeds(&["db", "reset", "-y", "-s", "-m"]);
    let error = program.fails(&["db", "check-migrations", "-t", "0"], 1);
    assert!(error.contains("the database is empty"), "{error}");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_statements_can_be_shown_and_run_by_hand(#[case] engine: Engine) {
    let program = Program::on(TestDatabase::empty(engine).await);
    let script = program.succeeds(&["db", "migrate", "--show-sql-only"]);
    program.fails(&["db", "check-migrations", "-t", "0"], 1);
    let mut tx = program.database.db.begin().await.unwrap();
    let body = script.replace("BEGIN;", "").replace("COMMIT;", "");
    tx.run_script(body).await.unwrap();
    tx.commit().await.unwrap();
    program.succeeds(&["db", "check-migrations", "-t", "0"]);
    let nothing = program.succeeds(&["db", "migrate", "-s"]);
    assert!(
        nothing.ends_with("-- No migrations to apply; nothing to do.\n"),
        "{nothing}"
    );
    let additions = program.succeeds(&["db", "migrate", "-s", "--from-version", "2.10.4"]);
    assert!(additions.contains("updraft_migration"), "{additions}");
    assert!(!additions.contains("alembic_version"), "{additions}");
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_and_ends_of_a_migration_are_checked() {
    let program = Program::on(TestDatabase::empty(Engine::Sqlite).await);
    for (arguments, expected) in [
        (
            &["-n", "2.10.5", "-r", "head"][..],
            "Cannot supply both `--to-revision` and `--to-version`.",
        ),
        (
            &["--from-version", "2.10.5"],
            "may only be used with `--show-sql-only`",
        ),
        (
            &[
                "-s",
                "--from-version",
                "2.10.5",
                "--from-revision",
                "5f2621c13b39",
            ],
            "Cannot supply both `--from-revision` and `--from-version`",
        ),
        (
            &["-s", "--from-revision", "88344c1d9134"],
            "no tables of revision 88344c1d9134",
        ),
        (
            &["-n", "9.9.9"],
            "Unknown version '9.9.9' supplied as `--to-version`.",
        ),
    ] {
        let arguments = [&["db", "migrate"], arguments].concat();
        let error = program.fails(&arguments, 1);
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
    let text = program.succeeds(&["db", "upgrade", "-n", "2.10.3"]);
    assert!(text.ends_with("Database migrating done!\n"), "{text}");
    assert!(
        program
            .succeeds(&["db", "init"])
            .ends_with("Initialization done\n")
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_alone_works_on_a_database_of_stock(#[case] engine: Engine) {
    let program = Program::filled_of_stock(engine).await;
    for arguments in [
        &["dags", "list"][..],
        &["dags", "list-runs", "-d", "alpha"],
        &["dags", "details", "alpha"],
        &["dags", "state", "alpha", "2024-02-01"],
        &["dags", "pause", "alpha"],
        &["dags", "unpause", "alpha"],
        &["dags", "trigger", "alpha", "-e", "2024-03-05"],
        &["tasks", "list", "alpha"],
        &["tasks", "states-for-dag-run", "alpha", "run1"],
        &["pools", "list"],
        &["variables", "set", "key", "value"],
        &["variables", "get", "key"],
    ] {
        program.succeeds(arguments);
    }
    let text = program.succeeds(&["db", "check-migrations"]);
    assert!(
        text.contains("those that Updraft adds are not yet"),
        "{text}"
    );
    let error = program.fails(&["tasks", "run", "alpha", "first", "run1"], 1);
    assert!(error.contains("run `updraft db migrate`"), "{error}");

    program.succeeds(&["db", "migrate"]);
    assert_eq!(program.succeeds(&["db", "check-migrations"]), "");
}
