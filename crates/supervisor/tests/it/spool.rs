//! Ends of tries that the database does not take: on disk, and stored by the next supervisor.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
    time::Duration,
};

use rstest::rstest;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tracing::{
    Level, Metadata, Subscriber,
    field::Field,
    span::{Attributes, Id, Record},
};
use updraft_core::state::TaskInstanceState as State;
use updraft_metadata_db::{ConnectOptions, Db, Source as _, Tx};
use updraft_supervisor::{Command, Event, Supervisor, TaskFinished};
use updraft_test_support::{Engine, PrivatePostgres, Shutdown, TestDatabase};

use crate::support::{Harness, TestClock};

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

/// Ends a task in an outage, and then its supervisor.
async fn leave_ends(tasks: &[(&str, &str)]) -> (Harness, PathBuf, Outage) {
    let (mut outage, database) = Outage::prepare(Engine::Postgres).await;
    let mut harness = Harness::start_on(database, |_| {}).await;
    start_tasks(&mut harness, tasks).await;
    outage.begin(&harness.database.url).await;
    std::fs::write(harness.folder.path().join("away"), "").unwrap();
    let folder = spooled(&harness.options.runtime_dir, tasks.len()).await;
    harness.send(Command::Kill).await;
    for _ in tasks {
        assert_eq!(harness.finished().await.state, None, "nothing is stored");
    }
    outage.end().await;
    harness
        .wait(|event| (event == Event::Stopped).then_some(()))
        .await;
    (harness, folder, outage)
}

async fn replayed(events: &mut UnboundedReceiver<Event>) -> String {
    loop {
        let event = tokio::time::timeout(Duration::from_mins(1), events.recv()).await;
        if let Event::TaskReplayed { key, .. } = event.unwrap().unwrap() {
            return key.task_id.as_str().to_owned();
        }
    }
}

#[tokio::test]
async fn an_end_that_waits_for_a_lock_holds_nothing_else_up() {
    let (harness, folder, _outage) = leave_ends(&[("one", SUCCESS), ("two", SUCCESS)]).await;
    // The one that is found first.
    let first = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
    let mut lock = harness.db().begin().await.unwrap();
    let locked: String = lock
        .query(
            "SELECT t.task_id
             FROM task_instance t
             JOIN updraft_task_try u ON u.task_id = t.task_id
             WHERE u.tag = $1
             FOR UPDATE OF t",
        )
        .bind(first.file_name().into_string().unwrap())
        .fetch_scalar()
        .await
        .unwrap();
    let mut options = harness.options.clone();
    options.limits.lease_check = Duration::from_millis(50);
    options.limits.recovery_patience = Duration::from_millis(100);
    let started = tokio::time::timeout(Duration::from_mins(1), Supervisor::start(options)).await;
    let (_next, mut events) = started.expect("it starts").unwrap();
    assert_ne!(replayed(&mut events).await, locked);
    let running = "SELECT COUNT(*) FROM task_instance WHERE state = 'running'";
    assert_eq!(harness.number(running).await, 1);
    lock.rollback().await.unwrap();
    assert_eq!(replayed(&mut events).await, locked);
    let ended = "SELECT COUNT(*) FROM task_instance WHERE state = 'success'";
    assert_eq!(harness.number(ended).await, 2);
}

/// After `sql_alchemy_conn` was changed, or `db reset`, other rows may have the same ids.
#[tokio::test]
async fn an_end_of_another_database_touches_nothing() {
    let tasks = [("elsewhere", SUCCESS), ("here", SUCCESS)];
    let (harness, _, _outage) = leave_ends(&tasks).await;
    harness
        .execute("DELETE FROM updraft_task_try WHERE task_id = 'elsewhere'")
        .await;
    let (_next, mut events) = Supervisor::start(harness.options.clone()).await.unwrap();
    assert_eq!(replayed(&mut events).await, "here");
    let rows = "SELECT t.state || ' ' || j.state FROM task_instance t JOIN job j ON j.id = t.job_id
         WHERE t.task_id = 'elsewhere'";
    assert_eq!(harness.text(rows).await.as_deref(), Some("running running"));
    let aside = harness.options.runtime_dir.join("spool/unreadable");
    assert_eq!(std::fs::read_dir(aside).unwrap().count(), 1);
}

/// Tells of warnings.
struct Warnings(UnboundedSender<String>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = String::new();
        event.record(&mut |field: &Field, value: &dyn Debug| {
            if field.name() == "message" {
                text = format!("{value:?}");
            }
        });
        let _ = self.0.send(text);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A task that has ended in an outage, and whose end the disk does not take. The warnings are those of
/// its process, as each test has one.
async fn without_a_disk() -> (Harness, Outage) {
    let (sender, mut warnings) = unbounded_channel();
    tracing::subscriber::set_global_default(Warnings(sender)).unwrap();
    let (mut outage, database) = Outage::prepare(Engine::Postgres).await;
    let clock = TestClock::new();
    let mut harness = Harness::start_on(database, |options| {
        options.clock = clock.clock();
        options.limits.last_write = Duration::from_millis(100);
    })
    .await;
    std::fs::write(harness.options.runtime_dir.join("spool"), "").unwrap();
    start_tasks(&mut harness, &[("ends", SUCCESS)]).await;
    outage.begin(&harness.database.url).await;
    std::fs::write(harness.folder.path().join("away"), "").unwrap();
    while !warnings.recv().await.unwrap().contains("nor does the disk") {}
    (harness, outage)
}

#[tokio::test]
async fn without_a_disk_an_end_is_kept_in_memory() {
    let (mut harness, mut outage) = without_a_disk().await;
    outage.end().await;
    assert_eq!(harness.finished().await.state, Some(State::Success));
}

#[tokio::test]
async fn without_a_disk_a_second_signal_ends_everything_all_the_same() {
    let (mut harness, _outage) = without_a_disk().await;
    harness.send(Command::Kill).await;
    harness
        .wait(|event| (event == Event::Stopped).then_some(()))
        .await;
}
