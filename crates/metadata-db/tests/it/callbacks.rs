use jiff::SignedDuration;
use rstest::rstest;
use updraft_core::{MapIndex, TaskInstanceKey, UtcDateTime};
use updraft_metadata_db::{
    Engine,
    supervision::{
        Callback, CallbackKind, CallbackTerms, Lease, adopt_callbacks, callbacks_wait,
        delete_callback, end_lease, give_up_callbacks, return_callback, store_callback, take_lease,
    },
};
use updraft_test_support::TestDatabase;

fn at(seconds: i64) -> UtcDateTime {
    UtcDateTime::UNIX_EPOCH.saturating_add(SignedDuration::from_secs(seconds))
}

fn terms(now: i64) -> CallbackTerms {
    CallbackTerms {
        silent_since: at(now - 300),
        most_attempts: 3,
        oldest: at(now - 10_000),
        now: at(now),
    }
}

fn callback(id: &str) -> Callback {
    Callback {
        id: id.to_owned(),
        key: TaskInstanceKey {
            dag_id: "d".into(),
            run_id: "r".into(),
            task_id: "t".into(),
            map_index: MapIndex(3),
        },
        try_number: 2,
        kind: CallbackKind::OnRetry,
        reason: "it\0died".to_owned(),
        path: "/dags/d.py".to_owned(),
        dags_folder: "/dags".to_owned(),
        run_as_user: Some("etl".to_owned()),
    }
}

/// Callback `a` in the hands of supervisor `one`.
async fn world(engine: Engine) -> TestDatabase {
    let database = TestDatabase::new(engine).await;
    let lease = Lease {
        id: "one".to_owned(),
        hostname: "host".to_owned(),
        boot_id: "boot".to_owned(),
        pid: 1,
        pid_start_time: 1,
    };
    let mut tx = database.db.begin().await.unwrap();
    take_lease(&mut tx, &lease, at(0)).await.unwrap();
    store_callback(&mut tx, &callback("a"), Some("one"), at(0))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    database
}

async fn adopted(database: &TestDatabase, owner: &str, now: i64) -> Vec<Callback> {
    let mut tx = database.db.begin().await.unwrap();
    let adopted = adopt_callbacks(&mut tx, owner, &terms(now), 9)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    adopted
}

async fn given_up(database: &TestDatabase, now: i64) -> usize {
    let mut tx = database.db.begin().await.unwrap();
    let given_up = give_up_callbacks(&mut tx, &terms(now)).await.unwrap();
    tx.commit().await.unwrap();
    given_up.len()
}

async fn give_back(database: &TestDatabase, owner: &str, counts: bool, due: i64) {
    let mut tx = database.db.begin().await.unwrap();
    return_callback(&mut tx, "a", owner, counts, at(due))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn callbacks_are_taken_from_the_dead_alone(#[case] engine: Engine) {
    let database = world(engine).await;
    assert_eq!(adopted(&database, "two", 300).await, []);
    let expected = [Callback {
        reason: "itdied".to_owned(),
        ..callback("a")
    }];
    // Silence of the owner.
    assert_eq!(adopted(&database, "two", 301).await, expected);
    // Supervisor two has no lease, as one that has ended.
    assert_eq!(adopted(&database, "two", 301).await, []);
    assert_eq!(adopted(&database, "three", 301).await, expected);
    let mut tx = database.db.begin().await.unwrap();
    delete_callback(&mut tx, "a").await.unwrap();
    tx.commit().await.unwrap();
    assert!(!callbacks_wait(&database.db).await.unwrap());
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn the_end_of_the_owner_s_lease_frees_its_callbacks(#[case] engine: Engine) {
    let database = world(engine).await;
    let mut tx = database.db.begin().await.unwrap();
    end_lease(&mut tx, "one", at(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(adopted(&database, "two", 1).await.len(), 1);
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn few_attempts_count_and_no_callback_waits_for_ever(#[case] engine: Engine) {
    let database = world(engine).await;
    give_back(&database, "two", true, 0).await;
    assert_eq!(adopted(&database, "two", 1).await, [], "it was not two's");
    give_back(&database, "one", true, 30).await;
    assert_eq!(adopted(&database, "one", 29).await, [], "not due");
    assert_eq!(adopted(&database, "one", 30).await.len(), 1);
    give_back(&database, "one", false, 60).await;
    assert_eq!(given_up(&database, 60).await, 0);
    for time in [60, 90] {
        assert_eq!(adopted(&database, "one", time).await.len(), 1);
        assert_eq!(given_up(&database, time).await, 0, "it runs");
        give_back(&database, "one", true, time + 30).await;
    }
    assert_eq!(given_up(&database, 120).await, 1);

    let mut tx = database.db.begin().await.unwrap();
    store_callback(&mut tx, &callback("b"), None, at(0))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(given_up(&database, 10_000).await, 0);
    assert_eq!(given_up(&database, 10_001).await, 1);
}
