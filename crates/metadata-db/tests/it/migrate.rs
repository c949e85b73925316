use rstest::rstest;
use updraft_core::UtcDateTime;
use updraft_metadata_db::{
    Dialects, Engine, Error, Source, dag,
    log_template::{self, LogTemplate},
    migrate::{self, Applied, MigrateError, OwnTables, Seed},
};
use updraft_test_support::TestDatabase;

const NOW: UtcDateTime = UtcDateTime::UNIX_EPOCH;

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn makes_an_empty_database_and_then_does_nothing(#[case] engine: Engine) {
    let database = TestDatabase::empty(engine).await;
    let db = &database.db;
    let error = migrate::check_migrations(db).await.unwrap_err();
    assert!(
        matches!(error, Error::Migrate(MigrateError::Empty)),
        "{error:?}"
    );

    let applied = migrate::migrate(db, &Seed::default(), NOW).await.unwrap();
    assert!(applied.created);
    assert_eq!(applied.additions.first(), Some(&"0001_supervision"));
    migrate::check(db).await.unwrap();
    migrate::check_migrations(db).await.unwrap();

    let again = migrate::migrate(db, &Seed::default(), NOW).await.unwrap();
    assert_eq!(again, Applied::default());
    let pools: Vec<(i32, String, i32, bool)> = db
        .query("SELECT id, pool, slots, include_deferred FROM slot_pool")
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(pools, [(1, "default_pool".to_owned(), 128, false)]);
    let templates: Vec<i32> = db
        .query("SELECT id FROM log_template")
        .fetch_scalars()
        .await
        .unwrap();
    assert_eq!(templates, [1]);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn own_tables_are_added_to_those_of_stock(#[case] engine: Engine) {
    let database = TestDatabase::empty(engine).await;
    let db = &database.db;
    let error = migrate::add_own_tables(db, NOW).await.unwrap_err();
    assert!(
        matches!(error, Error::Migrate(MigrateError::Empty)),
        "{error:?}"
    );

    let database = TestDatabase::of_stock(engine).await;
    let db = &database.db;
    let found = migrate::check_airflow(db).await.unwrap();
    assert_eq!(found, OwnTables::Behind);
    let error = migrate::check_migrations(db).await.unwrap_err();
    assert!(
        matches!(error, Error::Migrate(MigrateError::OwnTablesBehind)),
        "{error:?}"
    );
    let added = migrate::add_own_tables(db, NOW).await.unwrap();
    assert_eq!(added.first(), Some(&"0001_supervision"));
    let found = migrate::check_airflow(db).await.unwrap();
    assert_eq!(found, OwnTables::Complete);
    assert!(migrate::add_own_tables(db, NOW).await.unwrap().is_empty());
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn refuses_another_airflow(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    for (head, words) in [
        ("686269002441", "Airflow 2.9.2 or 2.9.3"),
        ("abcdefabcdef", "abcdefabcdef"),
    ] {
        let mut tx = db.begin().await.unwrap();
        tx.query("UPDATE alembic_version SET version_num = $1")
            .bind(head)
            .execute()
            .await
            .unwrap();
        tx.commit().await.unwrap();
        for result in [
            migrate::check_migrations(db).await,
            migrate::migrate(db, &Seed::default(), NOW).await.map(drop),
        ] {
            let message = result.unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn refuses_tables_of_unknown_origin(#[case] engine: Engine) {
    let database = TestDatabase::empty(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    tx.query("CREATE TABLE dag (dag_id text)")
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let error = migrate::migrate(&database.db, &Seed::default(), NOW)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Migrate(MigrateError::NoHead { table }) if table == "dag"),
        "{error:?}"
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn notices_missing_tables_of_its_own(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let tables: Vec<String> = db
        .query(Dialects {
            postgres: "SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = 'public'",
            sqlite: "SELECT name FROM sqlite_master WHERE type = 'table'",
        })
        .fetch_scalars()
        .await
        .unwrap();
    let mut tx = db.begin().await.unwrap();
    for table in tables.iter().filter(|table| table.starts_with("updraft_")) {
        tx.query(format!("DROP TABLE {table}"))
            .execute()
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let error = migrate::check_migrations(&database.db).await.unwrap_err();
    assert!(
        matches!(error, Error::Migrate(MigrateError::OwnTablesBehind)),
        "{error:?}"
    );
    let applied = migrate::migrate(&database.db, &Seed::default(), NOW)
        .await
        .unwrap();
    assert!(!applied.created);
    assert_eq!(applied.additions.first(), Some(&"0001_supervision"));
    migrate::check_migrations(db).await.unwrap();
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn tries_outlive_the_columns_that_nothing_read(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let mut tx = db.begin().await.unwrap();
    for sql in [
        "DELETE FROM updraft_migration WHERE version = 4",
        "ALTER TABLE updraft_task_try ADD COLUMN begun_at TIMESTAMP",
        "ALTER TABLE updraft_task_try ADD COLUMN lost_count INTEGER DEFAULT 0 NOT NULL",
        "INSERT INTO updraft_task_try (
             tag, dag_id, run_id, task_id, try_number, supervisor_id, state, claimed_at, begun_at)
         VALUES ('tag', 'd', 'r', 't', 1, 's', 'running', '2024-01-01 00:00:00', NULL)",
    ] {
        tx.query(sql).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
    let found = migrate::check_airflow(db).await.unwrap();
    assert_eq!(found, OwnTables::Behind);
    let applied = migrate::migrate(db, &Seed::default(), NOW).await.unwrap();
    assert_eq!(applied.additions, ["0004_unused_columns"]);
    let tags: Vec<String> = db
        .query("SELECT tag FROM updraft_task_try")
        .fetch_scalars()
        .await
        .unwrap();
    assert_eq!(tags, ["tag"]);
    for column in ["begun_at", "lost_count"] {
        let read = db.query(format!("SELECT {column} FROM updraft_task_try"));
        let error = read.execute().await.unwrap_err();
        assert!(error.database().is_some(), "{error}");
    }
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn reset_leaves_a_fresh_database(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    tx.query(
        "INSERT INTO job (job_type, state)
         VALUES ('SchedulerJob', 'running')",
    )
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let applied = migrate::reset(&database.db, &Seed::default(), NOW)
        .await
        .unwrap();
    assert!(applied.created);
    let jobs: i64 = database
        .db
        .query("SELECT count(*) FROM job")
        .fetch_scalar()
        .await
        .unwrap();
    assert_eq!(jobs, 0);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_changed_log_template_gets_a_row(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let changed = LogTemplate {
        filename: "{{ ti.task_id }}.log".to_owned(),
        ..LogTemplate::default()
    };
    let mut tx = database.db.begin().await.unwrap();
    for (template, id) in [
        (&LogTemplate::default(), 1),
        (&changed, 2),
        (&changed, 2),
        // An old template that comes back is the newest again.
        (&LogTemplate::default(), 3),
    ] {
        let newest = log_template::synchronize(&mut tx, template, NOW)
            .await
            .unwrap();
        assert_eq!(newest, id);
    }
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_dropped_transaction_changes_nothing(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    assert!(
        !dag::set_paused(&mut tx, &"missing".into(), true)
            .await
            .unwrap()
    );
    tx.query("DELETE FROM slot_pool").execute().await.unwrap();
    drop(tx);
    let pools: i64 = database
        .db
        .query("SELECT count(*) FROM slot_pool")
        .fetch_scalar()
        .await
        .unwrap();
    assert_eq!(pools, 1);
}
