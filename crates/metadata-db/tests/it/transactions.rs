use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use rstest::rstest;
use tokio::sync::Barrier;
use updraft_metadata_db::{ConnectOptions, Db, Engine, Error, Retry, Source, TransactionRetry, Tx};
use updraft_test_support::TestDatabase;

async fn add(tx: &mut Tx, pool: &str) -> Result<(), Error> {
    tx.query("UPDATE slot_pool SET slots = slots + 1 WHERE pool = $1")
        .bind(pool)
        .execute()
        .await
        .map(drop)
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn concurrent_writers_lose_nothing(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let db = database.db.clone();
        writers.spawn(async move {
            let mut tx = db.begin().await?;
            add(&mut tx, "default_pool").await?;
            tx.commit().await
        });
    }
    for result in writers.join_all().await {
        result.unwrap();
    }
    let slots: i32 = database
        .db
        .query("SELECT slots FROM slot_pool")
        .fetch_scalar()
        .await
        .unwrap();
    assert_eq!(slots, 148);
}

/// Two transactions take the same rows in opposite order; `PostgreSQL` breaks one off, and it is run
/// again. `SQLite` cannot get there: the second one waits at its beginning.
#[tokio::test]
async fn a_deadlock_is_run_again() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let mut tx = database.db.begin().await.unwrap();
    tx.query(
        "INSERT INTO slot_pool (pool, slots, include_deferred)
         VALUES ('a', 0, FALSE), ('b', 0, FALSE)",
    )
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();

    let both_hold_one = Arc::new(Barrier::new(2));
    let runs = Arc::new(AtomicU32::new(0));
    let mut writers = tokio::task::JoinSet::new();
    for [first, second] in [["a", "b"], ["b", "a"]] {
        let db = database.db.clone();
        let (both_hold_one, runs) = (both_hold_one.clone(), runs.clone());
        writers.spawn(async move {
            TransactionRetry::default()
                .run(|| async {
                    let mut tx = db.begin().await?;
                    add(&mut tx, first).await?;
                    // Only the first runs meet; the one that is repeated runs alone.
                    if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                        both_hold_one.wait().await;
                    }
                    add(&mut tx, second).await?;
                    tx.commit().await
                })
                .await
        });
    }
    for result in writers.join_all().await {
        result.unwrap();
    }
    assert_eq!(runs.load(Ordering::SeqCst), 3);
    let slots: Vec<i32> = database
        .db
        .query("SELECT slots FROM slot_pool WHERE pool <> 'default_pool'")
        .fetch_scalars()
        .await
        .unwrap();
    assert_eq!(slots, [2, 2]);
}

#[tokio::test]
async fn a_held_lock_shows_as_such() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let mut holder = database.db.begin().await.unwrap();
    add(&mut holder, "default_pool").await.unwrap();
    let mut other = database.db.begin().await.unwrap();
    let error = other
        .query("SELECT id FROM slot_pool FOR UPDATE NOWAIT")
        .execute()
        .await
        .unwrap_err();
    assert!(error.is_lock_not_available(), "{error:?}");
    assert_eq!(error.retry(), Retry::Transaction);
}

/// A server that restarted left dead connections in the pool.
#[tokio::test]
async fn begins_over_another_connection_when_one_was_cut() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let db = &database.db;
    let mut first = db.begin().await.unwrap();
    let mut second = db.begin().await.unwrap();
    let victim: i32 = first
        .query("SELECT pg_backend_pid()")
        .fetch_scalar()
        .await
        .unwrap();
    first.rollback().await.unwrap();
    second
        .query("SELECT pg_terminate_backend($1, 5000)")
        .bind(victim)
        .execute()
        .await
        .unwrap();
    // Only the dead connection is idle.
    let mut third = db.begin().await.unwrap();
    let own: i32 = third
        .query("SELECT pg_backend_pid()")
        .fetch_scalar()
        .await
        .unwrap();
    assert_ne!(own, victim);
}

#[tokio::test]
async fn a_reader_cannot_write_sqlite() {
    let database = TestDatabase::new(Engine::Sqlite).await;
    let error = database
        .db
        .query("DELETE FROM slot_pool")
        .execute()
        .await
        .unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("readonly"), "{cause}");
}

#[tokio::test]
async fn each_sqlite_transaction_has_its_own_durability() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:///{}/airflow.db", folder.path().display());
    let db = Db::connect(&url, &ConnectOptions::default()).await.unwrap();
    for (relaxed, level) in [(false, 2), (true, 1), (false, 2)] {
        let mut tx = if relaxed {
            db.begin_relaxed().await.unwrap()
        } else {
            db.begin().await.unwrap()
        };
        let synchronous: i32 = tx.query("PRAGMA synchronous").fetch_scalar().await.unwrap();
        assert_eq!(synchronous, level);
        // The journal that lets readers go on while a writer works.
        let journal: String = tx
            .query("PRAGMA journal_mode")
            .fetch_scalar()
            .await
            .unwrap();
        assert_eq!(journal, "wal");
        tx.commit().await.unwrap();
    }
}

/// Whoever begins a transaction may go away at any moment, and the next user of the connection must not
/// find himself in it.
#[tokio::test]
async fn a_transaction_that_nobody_waits_for_is_not_left_open() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let options = ConnectOptions {
        max_connections: 1,
        ..ConnectOptions::default()
    };
    let db = Db::connect(&database.url, &options).await.unwrap();
    let transaction = async || -> String {
        let query = db.query("SELECT CAST(pg_current_xact_id() AS text)");
        query.fetch_scalar().await.unwrap()
    };
    assert_ne!(transaction().await, transaction().await);
    for polls in 1..20 {
        let mut begun = Box::pin(db.begin());
        for _ in 0..polls {
            tokio::select! {
                biased;
                _ = &mut begun => break,
                () = tokio::task::yield_now() => {}
            }
        }
        drop(begun);
        assert_ne!(transaction().await, transaction().await);
    }
}
