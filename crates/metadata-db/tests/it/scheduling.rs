use std::collections::HashSet;

use rstest::rstest;
use updraft_core::{
    MapIndex, TaskId, TaskInstanceKey, UtcDateTime,
    planner::{RunKey, StartRun},
    state::TaskInstanceState,
};
use updraft_metadata_db::{
    ConnectOptions, Db, DbTimestamp, Engine, Source,
    scheduling::{
        PastOf, QueueTaskInstance, Queueing, STUCK_EXCEEDED, STUCK_RESCHEDULE, Stuck, end_stuck,
        load_previous_runs, load_stuck, queue_now, start_runs,
    },
};
use updraft_test_support::TestDatabase;

use crate::pooler;

const NOW: UtcDateTime = UtcDateTime::UNIX_EPOCH;

/// Runs of the DAG `d`: their ids and states.
async fn insert_runs(db: &Db, runs: &[(&str, &str)]) {
    let mut tx = db.begin().await.unwrap();
    tx.query(
        "INSERT INTO dag (
             dag_id, max_active_tasks, max_consecutive_failed_dag_runs, has_task_concurrency_limits)
         VALUES ('d', 1, 0, FALSE)",
    )
    .execute()
    .await
    .unwrap();
    for (day, (run_id, state)) in runs.iter().enumerate() {
        let date = NOW.saturating_add(jiff::SignedDuration::from_hours(
            24 * i64::try_from(day).unwrap(),
        ));
        tx.query(
            "INSERT INTO dag_run (
                 dag_id, run_id, run_type, execution_date, state, log_template_id, clear_number)
             VALUES ('d', $1, 'manual', $2, $3, 1, 0)",
        )
        .bind((*run_id).to_owned())
        .bind(DbTimestamp(date))
        .bind((*state).to_owned())
        .execute()
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

fn start(run_id: &str, max_active_runs: u32) -> StartRun {
    StartRun {
        run: RunKey {
            dag_id: "d".into(),
            run_id: run_id.into(),
        },
        max_active_runs,
    }
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn runs_start_while_their_dag_has_room(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let runs = [
        ("a", "running"),
        ("b", "queued"),
        ("c", "queued"),
        ("d", "queued"),
    ];
    insert_runs(&database.db, &runs).await;
    let wanted = ["d", "b", "c"].map(|run_id| start(run_id, 3));
    let mut tx = database.db.begin().await.unwrap();
    let mut started = start_runs(&mut tx, &wanted, NOW).await.unwrap();
    tx.commit().await.unwrap();
    started.sort();
    assert_eq!(started, [start("b", 3).run, start("d", 3).run]);
}

#[tokio::test]
async fn no_two_schedulers_start_runs_of_a_dag_at_once() {
    let database = TestDatabase::new(Engine::Postgres).await;
    insert_runs(&database.db, &[("a", "queued"), ("b", "queued")]).await;
    let mut one = database.db.begin().await.unwrap();
    let mut two = database.db.begin().await.unwrap();
    let started = start_runs(&mut one, &[start("a", 1)], NOW).await.unwrap();
    assert_eq!(started, [start("a", 1).run]);
    assert_eq!(
        start_runs(&mut two, &[start("b", 1)], NOW).await.unwrap(),
        []
    );
    one.commit().await.unwrap();
    assert_eq!(
        start_runs(&mut two, &[start("b", 1)], NOW).await.unwrap(),
        []
    );
    two.commit().await.unwrap();
}

async fn insert_task(db: &Db, run_id: &str, task_id: &str) {
    let mut tx = db.begin().await.unwrap();
    tx.query(
        "INSERT INTO task_instance (
             dag_id, run_id, task_id, map_index, state, pool, pool_slots)
         VALUES ('d', $1, $2, -1, 'success', 'default_pool', 1)",
    )
    .bind(run_id.to_owned())
    .bind(task_id.to_owned())
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn the_past_of_a_run_is_the_run_before_and_the_tasks_of_all(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    let runs = ["oldest", "older", "before", "now", "after"].map(|run_id| (run_id, "success"));
    insert_runs(db, &runs).await;
    for (run_id, task_id) in [
        ("oldest", "dropped"),
        ("older", "missed"),
        ("older", "always"),
        ("before", "always"),
        ("after", "new"),
    ] {
        insert_task(db, run_id, task_id).await;
    }
    let id: i32 = db
        .query("SELECT id FROM dag_run WHERE run_id = 'now'")
        .fetch_scalar()
        .await
        .unwrap();
    let maybe_new: Vec<TaskId> = ["missed", "always", "new"].map(TaskId::from).to_vec();
    let past = PastOf {
        id,
        catchup: false,
        maybe_new,
    };
    let past = load_previous_runs(db, &[past]).await.unwrap();
    let run = past[&id].run.as_ref().unwrap();
    assert_eq!(run.run_id.as_str(), "before");
    assert_eq!(run.instances.len(), 1);
    assert_eq!(past[&id].tasks_seen, HashSet::from(["missed".into()]));
}

async fn insert_scheduled(db: &Db, task_ids: &[&str]) {
    insert_runs(db, &[("a", "running")]).await;
    let mut tx = db.begin().await.unwrap();
    for task_id in task_ids {
        tx.query(
            "INSERT INTO task_instance (
                 dag_id, run_id, task_id, map_index, state, try_number, pool, pool_slots)
             VALUES ('d', 'a', $1, -1, 'scheduled', 1, 'default_pool', 1)",
        )
        .bind((*task_id).to_owned())
        .execute()
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

fn to_queue(task_id: &str, max_active_tasks: i32) -> QueueTaskInstance {
    QueueTaskInstance {
        key: TaskInstanceKey {
            dag_id: "d".into(),
            run_id: "a".into(),
            task_id: task_id.into(),
            map_index: MapIndex::UNMAPPED,
        },
        from: TaskInstanceState::Scheduled,
        from_try_number: 1,
        try_number: 1,
        pool: "default_pool".to_owned(),
        pool_slots: 1,
        max_active_tasks,
        max_active_tis_per_dag: None,
        max_active_tis_per_dagrun: None,
        external_executor_id: format!("id of {task_id}"),
    }
}

fn queued(queueing: Queueing) -> Vec<String> {
    let Queueing::Done(mut queued) = queueing else {
        panic!("busy");
    };
    queued.sort_by(|one, other| one.key.cmp(&other.key));
    queued
        .into_iter()
        .map(|task| task.external_executor_id)
        .collect()
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn what_fits_is_queued_whatever_its_name(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let names = [r"it's \'a", r#"a "b" $1 \"#, "c", "d"];
    insert_scheduled(&database.db, &names).await;
    let wanted = names.map(|task_id| to_queue(task_id, 3));
    let done = queue_now(&database.db, &wanted, 1, NOW).await.unwrap();
    let first = [r#"id of a "b" $1 \"#, "id of c", r"id of it's \'a"];
    assert_eq!(queued(done), first);
    let again = queue_now(&database.db, &wanted, 1, NOW).await.unwrap();
    assert_eq!(queued(again), [] as [&str; 0]);
    let states: Vec<(String, DbTimestamp)> = database
        .db
        .query(
            "SELECT task_id, queued_dttm
             FROM task_instance
             WHERE state = 'queued' AND queued_by_job_id = 1",
        )
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(states.len(), 3);
    assert!(states.iter().all(|(_, at)| *at == DbTimestamp(NOW)));
}

#[rstest]
#[case::advisory_lock("SELECT pg_advisory_xact_lock(2)")]
#[case::pools("SELECT id FROM slot_pool FOR UPDATE")]
#[tokio::test]
async fn nothing_is_queued_beside_another_scheduler(#[case] lock: &'static str) {
    let database = TestDatabase::new(Engine::Postgres).await;
    let db = &database.db;
    insert_scheduled(db, &["a"]).await;
    let wanted = [to_queue("a", 1)];
    let mut other = db.begin().await.unwrap();
    other.query(lock).execute().await.unwrap();
    let refused = queue_now(db, &wanted, 1, NOW).await.unwrap();
    assert_eq!(refused, Queueing::Busy);
    other.commit().await.unwrap();
    let done = queue_now(db, &wanted, 1, NOW).await.unwrap();
    assert_eq!(queued(done), ["id of a"]);
}

#[tokio::test]
async fn tasks_are_queued_behind_a_pooler_that_shares_sessions() {
    let database = TestDatabase::new(Engine::Postgres).await;
    insert_scheduled(&database.db, &["a", "b", "c"]).await;
    let url = pooler::start(&database.url).await;
    let one = ConnectOptions {
        max_connections: 1,
        ..ConnectOptions::default()
    };
    let db = Db::connect(&url, &one).await.unwrap();
    for task_id in ["a", "b", "c"] {
        let done = queue_now(&db, &[to_queue(task_id, 3)], 1, NOW).await;
        assert_eq!(queued(done.unwrap()), [format!("id of {task_id}")]);
    }
}

#[tokio::test]
async fn tasks_are_queued_where_another_version_prepared_another_statement() {
    let database = TestDatabase::new(Engine::Postgres).await;
    insert_scheduled(&database.db, &["a"]).await;
    let one = ConnectOptions {
        max_connections: 1,
        ..ConnectOptions::default()
    };
    let db = Db::connect(&database.url, &one).await.unwrap();
    db.query("PREPARE updraft_queue_task_instances (int) AS SELECT $1")
        .execute()
        .await
        .unwrap();
    let done = queue_now(&db, &[to_queue("a", 1)], 1, NOW).await.unwrap();
    assert_eq!(queued(done), ["id of a"]);
}

#[tokio::test]
async fn tasks_are_queued_without_prepared_statements() {
    let database = TestDatabase::new(Engine::Postgres).await;
    insert_scheduled(&database.db, &["a", "b"]).await;
    let unprepared = ConnectOptions {
        prepared_statements: false,
        ..ConnectOptions::default()
    };
    let db = Db::connect(&database.url, &unprepared).await.unwrap();
    let wanted = [to_queue("a", 1), to_queue("b", 1)];
    let done = queue_now(&db, &wanted, 1, NOW).await.unwrap();
    assert_eq!(queued(done), ["id of a"]);
    let names: Vec<String> = db
        .query("SELECT name FROM pg_prepared_statements WHERE name LIKE 'updraft%'")
        .fetch_scalars()
        .await
        .unwrap();
    assert_eq!(names, [] as [&str; 0]);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn stuck_task_instances_end_together(#[case] engine: Engine) {
    let database = TestDatabase::new(engine).await;
    let db = &database.db;
    insert_scheduled(db, &["again", "failed", "claimed", "other_try"]).await;
    let mut tx = db.begin().await.unwrap();
    tx.query("UPDATE task_instance SET state = 'queued', queued_by_job_id = 1, try_number = 1, queued_dttm = $1, external_executor_id = 'x'")
        .bind(DbTimestamp(NOW))
        .execute()
        .await
        .unwrap();
    let later = NOW.saturating_add(jiff::SignedDuration::from_hours(1));
    let stuck = load_stuck(&mut tx, 1, later).await.unwrap();
    assert_eq!(stuck.len(), 4);
    tx.query("UPDATE task_instance SET state = 'running' WHERE task_id = 'claimed'")
        .execute()
        .await
        .unwrap();
    tx.query("UPDATE task_instance SET try_number = 2 WHERE task_id = 'other_try'")
        .execute()
        .await
        .unwrap();
    let is_exceeded = |one: &Stuck| one.key.task_id.as_str() == "failed";
    let ended = end_stuck(&mut tx, stuck, is_exceeded, later).await.unwrap();
    tx.commit().await.unwrap();
    let mut ended: Vec<String> = ended
        .iter()
        .map(|one| one.key.task_id.to_string())
        .collect();
    ended.sort();
    assert_eq!(ended, ["again", "failed"]);
    let rows: Vec<(String, String, Option<String>, Option<DbTimestamp>)> = db
        .query(
            "SELECT task_id, state, external_executor_id, end_date
             FROM task_instance
             ORDER BY task_id",
        )
        .fetch_all()
        .await
        .unwrap();
    let row = |task_id: &str, state: &str, id: Option<&str>, end| {
        let id = id.map(ToOwned::to_owned);
        (task_id.to_owned(), state.to_owned(), id, end)
    };
    let expected = [
        row("again", "scheduled", None, None),
        row("claimed", "running", Some("x"), None),
        row("failed", "failed", Some("x"), Some(DbTimestamp(later))),
        row("other_try", "queued", Some("x"), None),
    ];
    assert_eq!(rows, expected);
    let logs: Vec<(String, String)> = db
        .query("SELECT task_id, event FROM log ORDER BY task_id")
        .fetch_all()
        .await
        .unwrap();
    let logged = [("again", STUCK_RESCHEDULE), ("failed", STUCK_EXCEEDED)];
    assert_eq!(
        logs,
        logged.map(|(task_id, event)| (task_id.to_owned(), event.to_owned()))
    );
}
