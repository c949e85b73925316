use std::{io::ErrorKind, time::Duration};

use updraft_core::UtcDateTime;
use updraft_metadata_db::{
    ConnectOptions, Db, Engine, Error, Source as _,
    migrate::{self, MigrateError, Seed},
};
use updraft_test_support::TestDatabase;

const NOW: UtcDateTime = UtcDateTime::UNIX_EPOCH;

/// Who would wait until the pool gives up waits too long for a test.
fn options() -> ConnectOptions {
    ConnectOptions {
        acquire_timeout: Duration::from_hours(1),
        ..ConnectOptions::default()
    }
}

async fn refusal(url: &str) -> sqlx::Error {
    match Db::connect(url, &options()).await {
        Err(Error::Connect { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_closed_port_is_named_at_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = refusal(&format!(
        "postgresql://user:secret@127.0.0.1:{port}/airflow"
    ))
    .await;
    assert!(
        matches!(&error, sqlx::Error::Io(cause) if cause.kind() == ErrorKind::ConnectionRefused),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_unknown_database_is_named_at_once() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let (server, _) = database.url.rsplit_once('/').unwrap();
    let error = refusal(&format!("{server}/nowhere")).await;
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    assert_eq!(code.as_deref(), Some("3D000"), "{error:?}");
}

#[tokio::test]
async fn an_sqlite_file_that_cannot_be_opened_is_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let error = refusal(&format!("sqlite:///{}", folder.path().display())).await;
    assert!(error.to_string().contains("unable to open"), "{error:?}");
}

fn in_schema(schema: &str) -> ConnectOptions {
    ConnectOptions {
        schema: Some(schema.to_owned()),
        ..ConnectOptions::default()
    }
}

async fn schemas_of(db: &Db, table: &'static str) -> Vec<String> {
    db.query("SELECT CAST(schemaname AS text) FROM pg_tables WHERE tablename = $1 ORDER BY 1")
        .bind(table)
        .fetch_scalars()
        .await
        .unwrap()
}

/// As in stock's database: `alembic_version` and the web server's sessions are not in the schema.
#[tokio::test]
async fn airflows_tables_can_have_a_schema_of_their_own() {
    let database = TestDatabase::empty(Engine::Postgres).await;
    let (outside, seed) = (&database.db, Seed::default());
    let name = "air \"flow";
    let missing = Db::connect(&database.url, &in_schema(name)).await;
    assert!(
        matches!(&missing, Err(Error::Schema { schema }) if schema == name),
        "{missing:?}"
    );
    let mut tx = outside.begin().await.unwrap();
    tx.query("CREATE SCHEMA \"air \"\"flow\"")
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let db = Db::connect(&database.url, &in_schema(name)).await.unwrap();
    assert!(migrate::migrate(&db, &seed, NOW).await.unwrap().created);
    migrate::check_migrations(&db).await.unwrap();
    for (table, schema) in [
        ("dag", name),
        ("updraft_migration", name),
        ("alembic_version", "public"),
        ("session", "public"),
    ] {
        assert_eq!(schemas_of(outside, table).await, [schema], "{table}");
    }
    let elsewhere = migrate::check_migrations(outside).await.unwrap_err();
    assert!(
        matches!(elsewhere, Error::Migrate(MigrateError::HeadAlone)),
        "{elsewhere:?}"
    );

    assert!(migrate::reset(&db, &seed, NOW).await.unwrap().created);
    assert_eq!(schemas_of(outside, "alembic_version").await, ["public"]);
    migrate::drop_tables(&db).await.unwrap();
    assert!(schemas_of(outside, "dag").await.is_empty());
    assert!(schemas_of(outside, "alembic_version").await.is_empty());
}

#[tokio::test]
async fn statements_need_not_be_prepared_by_name() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let options = ConnectOptions {
        prepared_statements: false,
        max_connections: 1,
        ..ConnectOptions::default()
    };
    let db = Db::connect(&database.url, &options).await.unwrap();
    let pools = "SELECT pool FROM slot_pool WHERE slots = $1";
    let prepared = "SELECT statement FROM pg_prepared_statements WHERE $1 > 0 AND name <> ''";
    for (sql, expected) in [(pools, &["default_pool"][..]), (prepared, &[])] {
        let found: Vec<String> = db.query(sql).bind(128).fetch_scalars().await.unwrap();
        assert_eq!(found, expected);
    }
}
