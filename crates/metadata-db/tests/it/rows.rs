use rstest::rstest;
use updraft_core::{MapIndex, TaskInstanceKey};
use updraft_metadata_db::{
    DbTimestamp, Engine, Source,
    connection::{self, Connection},
    dag_run, pickle,
    slot_pool::{self, Pool},
    variable::{self, Variable},
    xcom,
};
use updraft_test_support::TestDatabase;

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn variables(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    let mut variable = Variable {
        key: "k".to_owned(),
        val: Some("v".to_owned()),
        description: Some("d".to_owned()),
        is_encrypted: false,
    };
    assert_eq!(variable::get(&mut tx, "k").await.unwrap(), None);
    variable::set(&mut tx, &variable).await.unwrap();
    variable.val = Some("gAAAAA".to_owned());
    variable.is_encrypted = true;
    variable.description = None;
    variable::set(&mut tx, &variable).await.unwrap();
    assert_eq!(
        variable::get(&mut tx, "k").await.unwrap().as_ref(),
        Some(&variable)
    );
    tx.commit().await.unwrap();
    assert_eq!(variable::list(&database.db).await.unwrap(), [variable]);
    let mut tx = database.db.begin().await.unwrap();
    assert!(variable::delete(&mut tx, "k").await.unwrap());
    assert!(!variable::delete(&mut tx, "k").await.unwrap());
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn connections(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    let mut connection = Connection {
        conn_id: "db".to_owned(),
        conn_type: "postgres".to_owned(),
        description: None,
        host: Some("h".to_owned()),
        schema: Some("s".to_owned()),
        login: Some("l".to_owned()),
        password: Some("gAAAAA".to_owned()),
        port: Some(5432),
        is_encrypted: true,
        is_extra_encrypted: false,
        extra: Some("{}".to_owned()),
    };
    connection::set(&mut tx, &connection).await.unwrap();
    connection.port = None;
    connection::set(&mut tx, &connection).await.unwrap();
    assert_eq!(
        connection::get(&mut tx, "db").await.unwrap().as_ref(),
        Some(&connection)
    );
    assert_eq!(connection::list(&mut tx).await.unwrap(), [connection]);
    assert!(connection::delete(&mut tx, "db").await.unwrap());
    assert_eq!(connection::get(&mut tx, "db").await.unwrap(), None);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn pools(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    let mut pool = Pool {
        pool: "etl".to_owned(),
        slots: 4,
        description: None,
        include_deferred: true,
    };
    slot_pool::set(&mut tx, &pool).await.unwrap();
    pool.slots = -1;
    slot_pool::set(&mut tx, &pool).await.unwrap();
    assert_eq!(
        slot_pool::get(&mut tx, "etl").await.unwrap().as_ref(),
        Some(&pool)
    );
    assert_eq!(slot_pool::list(&mut tx).await.unwrap().len(), 2);
    assert!(slot_pool::delete(&mut tx, "etl").await.unwrap());
    assert!(
        !slot_pool::delete(&mut tx, slot_pool::DEFAULT_POOL)
            .await
            .unwrap()
    );
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn runs_and_their_xcoms(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    let (dag_id, run_id) = ("d".into(), "r".into());
    let instant = DbTimestamp("2024-01-01T00:00:00Z".parse().unwrap());
    let id: i32 = tx
        .query(
            "INSERT INTO dag_run (dag_id, execution_date, run_id, run_type, conf)
             VALUES ('d', $1, 'r', 'manual', $2)
             RETURNING id",
        )
        .bind(instant)
        .bind(pickle::EMPTY_DICT.to_vec())
        .fetch_scalar()
        .await
        .unwrap();
    tx.query(
        "INSERT INTO task_instance (task_id, dag_id, run_id, map_index, pool, pool_slots)
         VALUES ('t', 'd', 'r', 2, 'default_pool', 1)",
    )
    .execute()
    .await
    .unwrap();
    tx.query(
        "INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
         VALUES ($1, 't', 2, 'return_value', 'd', 'r', $2, $3)",
    )
    .bind(id)
    .bind(b"NaN".to_vec())
    .bind(instant)
    .execute()
    .await
    .unwrap();

    let run = dag_run::get(&mut tx, &dag_id, &run_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((run.id, run.execution_date, run.state), (id, instant, None));
    assert_eq!(run.conf.as_deref(), Some(pickle::EMPTY_DICT));
    assert_eq!(dag_run::list(&mut tx, &dag_id, 10).await.unwrap(), [run]);

    let mut key = TaskInstanceKey {
        dag_id,
        run_id,
        task_id: "t".into(),
        map_index: MapIndex(2),
    };
    let stored = xcom::get(&mut tx, &key, "return_value")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.value.as_deref(), Some(&b"NaN"[..]));
    assert_eq!(
        xcom::of_run(&mut tx, &key.dag_id, &key.run_id)
            .await
            .unwrap(),
        [stored]
    );
    key.map_index = MapIndex::UNMAPPED;
    assert_eq!(
        xcom::get(&mut tx, &key, "return_value").await.unwrap(),
        None
    );
}
