//! What tasks ask of other runs.

use rstest::rstest;
use updraft_core::{MapIndex, TaskInstanceKey, UtcDateTime};
use updraft_metadata_db::{
    Engine, Source as _,
    questions::{
        Counted, EventsOf, Pull, Runs, TaskInstances, count_dag_runs, count_task_instances, dag,
        dataset_events, first_reschedule, previous_run, pull, run_state, task_instances,
    },
};
use updraft_test_support::TestDatabase;

/// Three daily runs, `r1` to `r3`: two successes and a failure; a task in each, with XComs.
async fn world(engine: Engine) -> TestDatabase {
    let database = TestDatabase::new(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    for statement in [
        "INSERT INTO dag (dag_id, fileloc, is_paused, is_active, max_active_tasks,
             has_task_concurrency_limits, max_consecutive_failed_dag_runs)
         VALUES ('d', '/dags/d.py', TRUE, TRUE, 16, FALSE, 0)",
        "INSERT INTO dag_run (dag_id, run_id, run_type, execution_date, state, clear_number)
         VALUES ('d', 'r1', 'scheduled', '2024-01-01 00:00:00.000000', 'success', 0),
                ('d', 'r2', 'scheduled', '2024-01-02 00:00:00.000000', 'failed', 0),
                ('d', 'r3', 'scheduled', '2024-01-03 00:00:00.000000', 'running', 0)",
        "INSERT INTO task_instance (
             dag_id, run_id, task_id, map_index, state, try_number, pool, pool_slots)
         VALUES ('d', 'r1', 't', -1, 'success', 1, 'default_pool', 1),
                ('d', 'r2', 't', -1, 'failed', 1, 'default_pool', 1),
                ('d', 'r3', 't', -1, 'running', 1, 'default_pool', 1)",
        "INSERT INTO xcom (dag_run_id, dag_id, run_id, task_id, map_index, key, value, timestamp)
         SELECT id, dag_id, run_id, 't', -1, 'k', CAST(run_id AS bytea), execution_date
         FROM dag_run WHERE run_id <> 'r2'",
        "INSERT INTO task_reschedule (
             dag_id, run_id, task_id, map_index, try_number, start_date, end_date, duration,
             reschedule_date)
         VALUES ('d', 'r3', 't', -1, 1, '2024-01-03 01:00:00.000000', '2024-01-03 01:00:01.000000',
                 1, '2024-01-03 01:01:00.000000'),
                ('d', 'r3', 't', -1, 1, '2024-01-03 01:01:00.000000', '2024-01-03 01:01:01.000000',
                 1, '2024-01-03 01:02:00.000000')",
    ] {
        let statement = match engine {
            Engine::Sqlite => statement.replace("bytea", "blob"),
            Engine::Postgres => statement.to_owned(),
        };
        tx.query(statement).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
    database
}

fn day(day: i64) -> UtcDateTime {
    // 2024-01-01 is day 1.
    UtcDateTime::from_micros((1_704_067_200 + (day - 1) * 86_400) * 1_000_000).unwrap()
}

#[rstest]
#[case::own_run(false, None, &["r3"])]
#[case::earlier_runs_too(true, None, &["r3", "r1"])]
#[case::the_newest_of_them(true, Some(1), &["r3"])]
#[tokio::test]
async fn xcoms_come_newest_first(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[case] include_prior_dates: bool,
    #[case] limit: Option<i64>,
    #[case] expected: &[&str],
) {
    let database = world(engine).await;
    let which = Pull {
        dag_id: "d",
        run_id: "r3",
        task_ids: Some(&["t".to_owned()]),
        map_indexes: Some(&[-1]),
        key: Some("k"),
        include_prior_dates,
        limit,
    };
    let found = pull(&database.db, &which).await.unwrap();
    let values: Vec<_> = found
        .into_iter()
        .map(|xcom| String::from_utf8(xcom.value.unwrap()).unwrap())
        .collect();
    assert_eq!(values, expected);
}

#[rstest]
#[tokio::test]
async fn states_are_counted(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = world(engine).await;
    let states = ["success".to_owned(), "failed".to_owned()];
    let dates = [day(1), day(2), day(3), day(9)];
    let which = TaskInstances {
        dag_id: "d",
        runs: Runs::Dates(&dates),
        task_ids: None,
    };
    let counted = count_task_instances(&database.db, &which, &states)
        .await
        .unwrap();
    assert_eq!(counted, Counted { count: 2, total: 3 });
    let ids = ["r1".to_owned(), "r3".to_owned()];
    let which = TaskInstances {
        runs: Runs::Ids(&ids),
        task_ids: Some(&["t".to_owned()]),
        ..which
    };
    let counted = count_task_instances(&database.db, &which, &states)
        .await
        .unwrap();
    assert_eq!(counted, Counted { count: 1, total: 2 });
    for (runs, expected) in [(Runs::Dates(&dates[1..]), 1), (Runs::Ids(&ids), 1)] {
        let count = count_dag_runs(&database.db, "d", runs, &states)
            .await
            .unwrap();
        assert_eq!(count, expected);
    }
}

#[rstest]
#[tokio::test]
async fn rows_of_others(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = world(engine).await;
    let db = &database.db;
    let before = previous_run(db, "d", "r3", None).await.unwrap().unwrap();
    assert_eq!(before.run_id, "r2");
    let good = previous_run(db, "d", "r3", Some("success"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(good.run_id, "r1");
    assert!(previous_run(db, "d", "r1", None).await.unwrap().is_none());

    assert_eq!(
        run_state(db, "d", "r2").await.unwrap().as_deref(),
        Some("failed")
    );
    assert_eq!(run_state(db, "d", "none").await.unwrap(), None);

    let rows = task_instances(db, "d", "r1", None).await.unwrap();
    assert_eq!(rows.len(), 1);
    let none = task_instances(db, "d", "r1", Some(&["u".to_owned()]))
        .await
        .unwrap();
    assert!(none.is_empty());

    let of = TaskInstanceKey {
        dag_id: "d".into(),
        run_id: "r3".into(),
        task_id: "t".into(),
        map_index: MapIndex::UNMAPPED,
    };
    let first = first_reschedule(db, &of, 1).await.unwrap().unwrap();
    assert_eq!(first.0.isoformat(), "2024-01-03T01:00:00+00:00");
    assert_eq!(first_reschedule(db, &of, 2).await.unwrap(), None);
    // The sensor counts from its first try, whose row may be missing.
    assert!(first_reschedule(db, &of, 0).await.unwrap().is_some());

    let known = dag(db, "d").await.unwrap().unwrap();
    assert!(known.is_paused && known.is_active && known.data.is_none());
    assert!(dag(db, "none").await.unwrap().is_none());
}

#[rstest]
#[tokio::test]
async fn events_of_datasets(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    for statement in [
        "INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned)
         VALUES (1, 's3://a', '{}', '2024-01-01 00:00:00.000000', '2024-01-01 00:00:00.000000', FALSE),
                (2, 's3://b', '{}', '2024-01-01 00:00:00.000000', '2024-01-01 00:00:00.000000', FALSE)",
        "INSERT INTO dataset_event (
             id, dataset_id, extra, source_dag_id, source_task_id, source_run_id, source_map_index, timestamp)
         VALUES (1, 1, '{\"n\": 2}', 'd', 't', 'r', -1, '2024-01-02 00:00:00.000000'),
                (2, 1, '{\"n\": 1}', NULL, NULL, NULL, NULL, '2024-01-01 00:00:00.000000'),
                (3, 2, '{\"n\": 3}', 'd', 't', 'r', 0, '2024-01-03 00:00:00.000000')",
        "INSERT INTO dataset_alias (id, name) VALUES (1, 'alias')",
        "INSERT INTO dataset_alias_dataset_event (alias_id, event_id) VALUES (1, 3), (1, 1)",
    ] {
        tx.query(statement).execute().await.unwrap();
    }
    tx.commit().await.unwrap();
    let of_dataset = EventsOf::Dataset { uri: "s3://a" };
    let found = dataset_events(&database.db, of_dataset).await.unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|event| {
            (
                event.extra.as_str(),
                event.source_task_id.as_deref(),
                event.timestamp.0,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("{\"n\": 1}", None, day(1)),
            ("{\"n\": 2}", Some("t"), day(2))
        ]
    );
    let of_alias = EventsOf::Alias { name: "alias" };
    let found = dataset_events(&database.db, of_alias).await.unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|event| (event.id, event.uri.as_str(), event.source_map_index))
        .collect();
    assert_eq!(told, [(1, "s3://a", Some(-1)), (3, "s3://b", Some(0))]);
    let unknown = EventsOf::Alias { name: "s3://a" };
    assert!(
        dataset_events(&database.db, unknown)
            .await
            .unwrap()
            .is_empty()
    );
}
