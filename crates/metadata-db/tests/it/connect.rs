use std::{io::ErrorKind, time::Duration};

use updraft_metadata_db::{ConnectOptions, Db, Engine, Error};
use updraft_test_support::TestDatabase;

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
