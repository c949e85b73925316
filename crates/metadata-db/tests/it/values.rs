use rstest::rstest;
use updraft_core::state::{DagRunState, TaskInstanceState};
use updraft_metadata_db::{
    DbDagRunState, DbTaskInstanceState, DbTimestamp, Engine, JsonText, Source,
};
use updraft_test_support::TestDatabase;

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Row {
    state: DbTaskInstanceState,
    start_date: Option<DbTimestamp>,
    end_date: Option<DbTimestamp>,
    trigger_timeout: Option<DbTimestamp>,
    duration: Option<f64>,
    next_kwargs: Option<JsonText>,
    executor_config: Option<Vec<u8>>,
}

const INSERT: &str = "INSERT INTO task_instance (
         task_id, dag_id, run_id, pool, pool_slots, state, start_date, end_date, trigger_timeout,
         duration, next_kwargs, executor_config)
     VALUES ('t', 'd', 'r', 'default_pool', 1, $1, $2, $3, $4, $5, $6, $7)";

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn every_type_round_trips(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    let instant = DbTimestamp("2024-03-31T01:30:00.000001Z".parse().unwrap());
    tx.query(
        "INSERT INTO dag_run (dag_id, execution_date, run_id, run_type, state)
         VALUES ('d', $1, 'r', 'manual', $2)",
    )
    .bind(instant)
    .bind(DbDagRunState(DagRunState::Running))
    .execute()
    .await
    .unwrap();
    for row in [
        Row {
            state: TaskInstanceState::NoStatus.into(),
            start_date: None,
            end_date: None,
            trigger_timeout: None,
            duration: None,
            next_kwargs: None,
            executor_config: None,
        },
        Row {
            state: TaskInstanceState::UpForRetry.into(),
            start_date: Some(instant),
            end_date: Some(DbTimestamp("1969-12-31T23:59:59.5Z".parse().unwrap())),
            // A column without a time zone.
            trigger_timeout: Some(instant),
            duration: Some(0.1),
            // Text that a Rust parser would refuse or change.
            next_kwargs: Some(JsonText(
                r#"{"a": 1.0,  "b": "\ud800", "a": 1e400}"#.to_owned(),
            )),
            executor_config: Some(vec![0, 255]),
        },
    ] {
        tx.query("DELETE FROM task_instance")
            .execute()
            .await
            .unwrap();
        tx.query(INSERT)
            .bind(row.state)
            .bind(row.start_date)
            .bind(row.end_date)
            .bind(row.trigger_timeout)
            .bind(row.duration)
            .bind(row.next_kwargs.clone())
            .bind(row.executor_config.clone())
            .execute()
            .await
            .unwrap();
        let stored: Row = tx
            .query(
                "SELECT state, start_date, end_date, trigger_timeout, duration, next_kwargs,
                     executor_config
                 FROM task_instance",
            )
            .fetch_one()
            .await
            .unwrap();
        assert_eq!(stored, row);
    }
    let state: DbDagRunState = tx
        .query("SELECT state FROM dag_run WHERE execution_date = $1")
        .bind(instant)
        .fetch_scalar()
        .await
        .unwrap();
    assert_eq!(state.0, DagRunState::Running);
}

#[tokio::test]
async fn sqlite_holds_the_text_that_sqlalchemy_reads() {
    let database = TestDatabase::new(Engine::Sqlite).await;
    let mut tx = database.db.begin().await.unwrap();
    let text: String = tx
        .query("SELECT $1")
        .bind(DbTimestamp("2024-01-01T00:00:00Z".parse().unwrap()))
        .fetch_scalar()
        .await
        .unwrap();
    assert_eq!(text, "2024-01-01 00:00:00.000000");
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_state_of_another_airflow_is_an_error(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let error = database
        .db
        .query("SELECT 'shutdown'")
        .fetch_scalar::<DbTaskInstanceState>()
        .await
        .unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("shutdown"), "{cause}");
}
