//! Queries of the command line.

use rstest::rstest;
use updraft_core::{MapIndex, TaskInstanceKey, UtcDateTime};
use updraft_metadata_db::{Db, Engine, cli_queries, scheduling};
use updraft_test_support::TestDatabase;

const NOW: UtcDateTime = UtcDateTime::UNIX_EPOCH;

const ROWS: &str = "
    INSERT INTO dag_run (id, dag_id, run_id, run_type, state, execution_date, clear_number)
    VALUES (1, 'd', 'r', 'manual', 'running', '2024-01-01 00:00:00.000000', 0);
    INSERT INTO task_instance (dag_id, task_id, run_id, map_index, state, try_number, pool,
        pool_slots)
    VALUES ('d', 't', 'r', -1, NULL, 0, 'default_pool', 1)";

async fn taken_back(db: &Db) -> usize {
    let mut tx = db.begin().await.unwrap();
    let keys = scheduling::release_orphans(&mut tx, 1_000_000, NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    keys.len()
}

/// Between the queueing and the claim a scheduler may look for orphans.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn what_a_live_caller_queued_is_no_orphan(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let mut tx = db.begin().await.unwrap();
    tx.run_script(ROWS).await.unwrap();
    tx.commit().await.unwrap();
    let key = TaskInstanceKey {
        dag_id: "d".into(),
        task_id: "t".into(),
        run_id: "r".into(),
        map_index: MapIndex(-1),
    };
    let row = cli_queries::runnable(db, &key).await.unwrap().unwrap();
    let mut tx = db.begin().await.unwrap();
    let queued = cli_queries::queue_to_run(&mut tx, &key, &row, None, NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let queued = queued.unwrap();
    assert_eq!(queued.try_number, 1);
    assert_eq!(taken_back(db).await, 0);

    let mut tx = db.begin().await.unwrap();
    cli_queries::end_job(&mut tx, queued.job_id, NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(taken_back(db).await, 1);
}
