//! Ends of tries that the database does not take: on disk, and stored by the next supervisor.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rstest::rstest;
use updraft_core::state::TaskInstanceState as State;
use updraft_metadata_db::{ConnectOptions, Db, Tx};
use updraft_supervisor::{Command, Event, Supervisor, TaskFinished};
use updraft_test_support::{Engine, PrivatePostgres, Shutdown, TestDatabase};

use crate::support::{Harness, TestClock, wait_for_file};

/// A database that can go away: its server stops, or somebody holds the lock of its file.
struct Outage {
    server: Option<PrivatePostgres>,
    lock: Option<Tx>,
}

impl Outage {
    async fn prepare(engine: Engine) -> (Self, TestDatabase) {
        let server = match engine {
            Engine::Postgres => Some(PrivatePostgres::start().await.unwrap()),
            Engine::Sqlite => None,
        };
        let database = match &server {
            Some(server) => server.database().await,
            None => TestDatabase::new(engine).await,
        };
        (Self { server, lock: None }, database)
    }

    async fn begin(&mut self, url: &str) {
        if let Some(server) = &self.server {
            server.stop(Shutdown::Fast).await.unwrap();
        } else {
            let other = Db::connect(url, &ConnectOptions::default()).await.unwrap();
            self.lock = Some(other.begin().await.unwrap());
        }
    }

    async fn end(&mut self) {
        if let Some(server) = &self.server {
            server.resume().await.unwrap();
        }
        if let Some(lock) = self.lock.take() {
            lock.rollback().await.unwrap();
        }
    }
}

/// Ends as soon as the database is away.
const ENDS: &str = r#"
import os, time
folder = os.path.dirname(message["path"])
while not os.path.exists(folder + "/away"): time.sleep(0.005)
"#;

async fn start_tasks(harness: &mut Harness, tasks: &[(&str, &str)]) {
    for (name, end) in tasks {
        let script = format!("{ENDS}{end}\n");
        let request = harness.queue_with(name, &script, 1).await;
        harness.run(request).await;
        harness
            .wait(|event| matches!(event, Event::TaskStarted { .. }).then_some(()))
            .await;
    }
}

/// Waits until so many ends are spooled, and gives their folder.
pub(crate) async fn spooled(runtime_dir: &Path, wanted: usize) -> PathBuf {
    loop {
        let mut leases = std::fs::read_dir(runtime_dir.join("spool"))
            .into_iter()
            .flatten();
        if let Some(Ok(lease)) = leases.next() {
            let names = std::fs::read_dir(lease.path()).unwrap().flatten();
            let whole = names.filter(|entry| entry.path().extension().is_none());
            if whole.count() == wanted {
                return lease.path();
            }
        }
        // Whoever writes a file tells nobody.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const SUCCESS: &str =
    r#"end("success", xcoms=[{"key": "return_value", "length": 3}], blob=b"\xff\x00!")"#;

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn what_ends_in_an_outage_is_stored_by_the_next_supervisor(#[case] engine: Engine) {
    let (mut outage, database) = Outage::prepare(engine).await;
    let mut harness = Harness::start_on(database, |_| {}).await;
    let tasks = [
        ("ends", SUCCESS),
        ("taken", r#"end("success")"#),
        // PostgreSQL refuses the note.
        ("refused", r#"end("success", note="a\x00b")"#),
    ];
    start_tasks(&mut harness, &tasks).await;
    outage.begin(&harness.database.url).await;
    std::fs::write(harness.folder.path().join("away"), "").unwrap();
    let runtime_dir = harness.options.runtime_dir.clone();
    let folder = spooled(&runtime_dir, tasks.len()).await;

    // It is told to end at once, and need not wait for the database.
    harness.send(Command::Kill).await;
    for _ in &tasks {
        let TaskFinished { state, .. } = harness.finished().await;
        assert_eq!(state, None, "nothing is stored");
    }
    outage.end().await;
    harness
        .wait(|event| (event == Event::Stopped).then_some(()))
        .await;
    std::fs::write(folder.join("half-written.draft"), "updraft-try-end 1 ").unwrap();
    harness
        .execute("UPDATE task_instance SET state = 'failed' WHERE task_id = 'taken'")
        .await;

    let mut options = harness.options.clone();
    options.limits.lease_check = Duration::from_millis(50);
    let (_next, mut events) = Supervisor::start(options).await.unwrap();
    let mut replayed = Vec::new();
    while replayed.len() < 2 {
        let event = tokio::time::timeout(Duration::from_mins(1), events.recv()).await;
        if let Event::TaskReplayed { key, state, .. } = event.unwrap().unwrap() {
            replayed.push((key.task_id.as_str().to_owned(), state));
        }
    }
    replayed.sort();
    let refused = match engine {
        Engine::Postgres => State::UpForRetry,
        Engine::Sqlite => State::Success,
    };
    assert_eq!(
        replayed,
        [
            ("ends".to_owned(), State::Success),
            ("refused".to_owned(), refused)
        ]
    );
    let states = harness
        .text(
            "SELECT CAST(COUNT(*) AS TEXT) FROM task_instance
             WHERE task_id = 'ends' AND state = 'success' AND try_number = 1
                OR task_id = 'taken' AND state = 'failed'",
        )
        .await;
    assert_eq!(states.as_deref(), Some("2"));
    let value: Vec<u8> = harness.bytes("SELECT value FROM xcom").await;
    assert_eq!(value, b"\xff\x00!");
    assert_eq!(
        harness
            .number("SELECT COUNT(*) FROM updraft_task_try WHERE ended_at IS NULL")
            .await,
        0
    );
    let log = harness.log("ends");
    assert!(log.contains("which is stored now"), "{log}");
    assert!(!folder.exists());
    let aside = std::fs::read_dir(runtime_dir.join("spool/unreadable")).unwrap();
    assert_eq!(aside.count(), 1);
}

#[tokio::test]
async fn what_is_stored_after_an_outage_is_not_left_on_disk() {
    let (mut outage, database) = Outage::prepare(Engine::Postgres).await;
    let mut harness = Harness::start_on(database, |_| {}).await;
    start_tasks(&mut harness, &[("ends", SUCCESS)]).await;
    outage.begin(&harness.database.url).await;
    std::fs::write(harness.folder.path().join("away"), "").unwrap();
    let folder = spooled(&harness.options.runtime_dir, 1).await;
    outage.end().await;
    assert_eq!(harness.finished().await.state, Some(State::Success));
    harness.drain().await;
    assert!(!folder.exists());
}

#[tokio::test]
async fn without_a_disk_an_end_is_kept_in_memory() {
    let (mut outage, database) = Outage::prepare(Engine::Postgres).await;
    let clock = TestClock::new();
    let mut harness = Harness::start_on(database, |options| options.clock = clock.clock()).await;
    let in_the_way = harness.options.runtime_dir.join("spool");
    std::fs::write(&in_the_way, "").unwrap();
    let script = r#"end("success")
time.sleep(1)
open(folder + "/ended", "w").close()"#;
    start_tasks(&mut harness, &[("ends", script)]).await;
    outage.begin(&harness.database.url).await;
    std::fs::write(harness.folder.path().join("away"), "").unwrap();
    wait_for_file(&harness.folder.path().join("ended")).await;
    outage.end().await;
    assert_eq!(harness.finished().await.state, Some(State::Success));
}
