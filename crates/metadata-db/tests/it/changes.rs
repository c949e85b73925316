use std::time::Duration;

use rstest::rstest;
use updraft_metadata_db::{Change, Changes, Engine, Source, changes};
use updraft_test_support::TestDatabase;

#[rstest]
#[case::sqlite(Engine::Sqlite, Change::FileChanged)]
#[case::postgres(Engine::Postgres, Change::Notified("dags".to_owned()))]
#[tokio::test]
async fn a_commit_wakes_the_watcher(#[case] engine: Engine, #[case] expected: Change) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let mut watcher = Changes::watch(db, Duration::from_millis(1)).await.unwrap();

    let mut undone = db.begin().await.unwrap();
    undone
        .query("DELETE FROM slot_pool")
        .execute()
        .await
        .unwrap();
    changes::notify(&mut undone, "undone").await.unwrap();
    undone.rollback().await.unwrap();

    let mut tx = db.begin().await.unwrap();
    tx.query("UPDATE slot_pool SET slots = 1")
        .execute()
        .await
        .unwrap();
    changes::notify(&mut tx, "dags").await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(watcher.next().await.unwrap(), expected);
}
