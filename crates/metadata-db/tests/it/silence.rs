//! A server that is not heard of any more, and nobody who says so.

use std::time::{Duration, Instant};

use updraft_metadata_db::{ConnectOptions, Db, Engine, Retry, Source as _};
use updraft_test_support::{SilentProxy, TestDatabase};

/// For what is answered in a moment, or never.
const ANSWER: Duration = Duration::from_millis(300);

async fn connect(database: &TestDatabase, max_connections: u32) -> (SilentProxy, Db) {
    let proxy = SilentProxy::start(&database.url).await.unwrap();
    let options = ConnectOptions {
        max_connections,
        answer_timeout: Some(ANSWER),
        ..ConnectOptions::default()
    };
    let db = Db::connect(&proxy.url, &options).await.unwrap();
    (proxy, db)
}

async fn one(db: &Db) -> Result<i32, updraft_metadata_db::Error> {
    db.query("SELECT 1").fetch_scalar().await
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_broken_connection() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let (proxy, db) = connect(&database, 2).await;
    let (mut tx, other) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    proxy.forget_connections();
    let error = tx.query("SELECT 1").execute().await.unwrap_err();
    assert_eq!(error.retry(), Retry::Connection);
    drop((tx, other));
    // Both places in the pool can be had again.
    let (first, second) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    first.rollback().await.unwrap();
    second.rollback().await.unwrap();
}

#[tokio::test]
async fn a_commit_whose_answer_does_not_come_is_as_after_a_broken_connection() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let (proxy, db) = connect(&database, 1).await;
    let mut tx = db.begin().await.unwrap();
    tx.query("INSERT INTO variable (key, val) VALUES ('a', 'b')")
        .execute()
        .await
        .unwrap();
    let ((), committed) = tokio::join!(proxy.hide_next_commit(), tx.commit());
    assert_eq!(committed.unwrap_err().retry(), Retry::Connection);
    let count: i64 = db
        .query("SELECT COUNT(*) FROM variable")
        .fetch_scalar()
        .await
        .unwrap();
    assert_eq!(count, 1, "it was applied");
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_keeps_no_place_in_the_pool() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let (proxy, db) = connect(&database, 1).await;
    let mut tx = db.begin().await.unwrap();
    proxy.forget_connections();
    tokio::time::timeout(ANSWER / 10, tx.query("SELECT 1").execute())
        .await
        .unwrap_err();
    drop(tx);
    // An outage shows after five seconds, and so does this.
    let mut answer = one(&db).await;
    if answer.is_err() {
        answer = one(&db).await;
    }
    assert_eq!(answer.unwrap(), 1);
}

#[tokio::test]
async fn a_server_that_vanished_does_not_hold_up_the_end() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let (proxy, db) = connect(&database, 1).await;
    let tx = db.begin().await.unwrap();
    proxy.vanish();
    let begun = Instant::now();
    db.close().await;
    assert!(begun.elapsed() < Duration::from_secs(30));
    drop(tx);
}
