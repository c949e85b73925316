use rstest::rstest;
use updraft_core::{MapIndex, TaskInstanceKey, UtcDateTime};
use updraft_metadata_db::{
    DbTimestamp, Engine, Source,
    supervision::{
        Lease, TryKey, end_lease, prune_leases, prune_tries, renew_lease, running_leases,
        skip_tasks, take_lease,
    },
};
use updraft_test_support::TestDatabase;

const NOW: UtcDateTime = UtcDateTime::UNIX_EPOCH;

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_supervisor_that_was_taken_for_dead_gets_its_lease_back(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let lease = Lease {
        id: "one".to_owned(),
        hostname: "host".to_owned(),
        boot_id: "boot".to_owned(),
        pid: 1,
        pid_start_time: 1,
    };
    let mut tx = database.db.begin().await.unwrap();
    take_lease(&mut tx, &lease, NOW).await.unwrap();
    end_lease(&mut tx, "one", NOW).await.unwrap();
    assert_eq!(running_leases(&mut tx, "host").await.unwrap(), []);
    renew_lease(&mut tx, "one", NOW).await.unwrap();
    let running = running_leases(&mut tx, "host").await.unwrap();
    assert_eq!(running.len(), 1);
    assert_eq!(running[0].lease, lease);
}

/// Airflow's mini-scheduler writes scheduled over any state, protected by the run's lock alone.
#[tokio::test]
async fn skips_wait_for_the_lock_of_their_run() {
    let database = TestDatabase::new(Engine::Postgres).await;
    let mut tx = database.db.begin().await.unwrap();
    tx.query(
        "INSERT INTO dag_run (
             dag_id, run_id, run_type, execution_date, state, log_template_id, clear_number)
         VALUES ('d', 'r', 'manual', $1, 'running', 1, 0)",
    )
    .bind(DbTimestamp(NOW))
    .execute()
    .await
    .unwrap();
    for (task_id, state, job_id) in [("branch", Some("running"), Some(7)), ("next", None, None)] {
        tx.query(
            "INSERT INTO task_instance (
                 dag_id, run_id, task_id, map_index, state, try_number, max_tries, job_id, pool,
                 pool_slots)
             VALUES ('d', 'r', $1, -1, $2, 1, 0, $3, 'default_pool', 1)",
        )
        .bind(task_id)
        .bind(state.map(str::to_owned))
        .bind(job_id)
        .execute()
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    let key = TaskInstanceKey {
        dag_id: "d".into(),
        run_id: "r".into(),
        task_id: "branch".into(),
        map_index: MapIndex::UNMAPPED,
    };
    let by = TryKey {
        key: &key,
        try_number: 1,
        job_id: 7,
    };
    let next = [("next".into(), MapIndex::UNMAPPED)];

    let mut holder = database.db.begin().await.unwrap();
    holder
        .query("SELECT id FROM dag_run FOR UPDATE")
        .execute()
        .await
        .unwrap();
    let mut tx = database.db.begin().await.unwrap();
    tx.query("SET LOCAL lock_timeout = '50ms'")
        .execute()
        .await
        .unwrap();
    let error = skip_tasks(&mut tx, by, &next, NOW).await.unwrap_err();
    assert!(error.is_lock_not_available(), "{error:?}");
    tx.rollback().await.unwrap();
    holder.rollback().await.unwrap();

    let mut tx = database.db.begin().await.unwrap();
    let skipped = skip_tasks(&mut tx, by, &next, NOW).await.unwrap();
    assert_eq!(skipped, Some(1));
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn old_tries_go_whose_task_instance_is_gone(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    for sql in [
        "INSERT INTO dag_run (
             dag_id, run_id, run_type, execution_date, state, log_template_id, clear_number)
         VALUES ('d', 'r', 'manual', '2024-01-01 00:00:00.000000', 'success', 1, 0)",
        "INSERT INTO task_instance (
             dag_id, run_id, task_id, map_index, state, try_number, max_tries, pool, pool_slots)
         VALUES ('d', 'r', 'there', -1, 'success', 1, 0, 'default_pool', 1)",
    ] {
        tx.query(sql).execute().await.unwrap();
    }
    let (old, young) = (NOW, NOW.saturating_add(jiff::SignedDuration::from_secs(1)));
    for (tag, task_id, supervisor_id, ended_at) in [
        ("old", "gone", "one", Some(old)),
        ("older", "gone", "one", Some(old)),
        ("young", "gone", "one", Some(young)),
        ("there", "there", "one", Some(old)),
        ("live", "gone", "busy", None),
    ] {
        tx.query(
            "INSERT INTO updraft_task_try (
                 tag, dag_id, run_id, task_id, map_index, try_number, supervisor_id, state,
                 claimed_at, ended_at)
             VALUES ($1, 'd', 'r', $2, -1, 1, $3, 'ended', $4, $5)",
        )
        .bind(tag)
        .bind(task_id)
        .bind(supervisor_id)
        .bind(DbTimestamp(old))
        .bind(ended_at.map(DbTimestamp))
        .execute()
        .await
        .unwrap();
    }
    for (id, heartbeat) in [("one", old), ("busy", old), ("two", young)] {
        let lease = Lease {
            id: id.to_owned(),
            hostname: "host".to_owned(),
            boot_id: "boot".to_owned(),
            pid: 1,
            pid_start_time: 1,
        };
        take_lease(&mut tx, &lease, heartbeat).await.unwrap();
    }
    assert_eq!(
        prune_tries(&mut tx, young, 1).await.unwrap(),
        1,
        "no more at once"
    );
    assert_eq!(prune_tries(&mut tx, young, 9).await.unwrap(), 1);
    prune_leases(&mut tx, young).await.unwrap();
    let tries: Vec<String> = tx
        .query("SELECT tag FROM updraft_task_try ORDER BY tag")
        .fetch_scalars()
        .await
        .unwrap();
    assert_eq!(tries, ["live", "there", "young"]);
    let leases: Vec<String> = tx
        .query("SELECT id FROM updraft_supervisor ORDER BY id")
        .fetch_scalars()
        .await
        .unwrap();
    assert_eq!(leases, ["busy", "two"]);
}
