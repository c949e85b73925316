//! Celery itself: a worker for the tasks of `tests/record/proj.py`.

use std::process::{Child, Command, Stdio};

use redis::AsyncCommands;
use tokio_stream::StreamExt;
use updraft_celery::protocol::{Envelope, Event};

/// Ends the worker when the test's process closes its input.
const KEEPER: &str = r#""$@" </dev/null & read -r _; kill "$!"; wait"#;

pub(crate) struct Worker {
    keeper: Child,
}

impl Worker {
    /// Returns when the worker is online.
    pub(crate) async fn start(url: &str) -> Self {
        let client = redis::Client::open(url).unwrap();
        let mut events = client.get_async_pubsub().await.unwrap();
        events.psubscribe("/*.celeryev/worker.*").await.unwrap();
        let python = std::env::var_os("UPDRAFT_TEST_AIRFLOW_PYTHON")
            .expect("UPDRAFT_TEST_AIRFLOW_PYTHON is set by dev/test");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/record");
        let keeper = Command::new("/bin/sh")
            .args(["-c", KEEPER, "updraft-test-celery"])
            .arg(python)
            .args([
                "-m",
                "celery",
                "-A",
                "proj",
                "worker",
                "-c",
                "1",
                "-n",
                "worker1@host1",
                "-Q",
                "default",
                "-E",
            ])
            .env("RECORD_BROKER", url)
            .env("PYTHONPATH", folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let worker = Self { keeper };
        let mut messages = events.on_message();
        loop {
            let text: String = messages.next().await.unwrap().get_payload().unwrap();
            let found = Event::read(&Envelope::read(&text).unwrap()).unwrap();
            if found
                .iter()
                .any(|event| event.kind() == Some("worker-online"))
            {
                return worker;
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A connection of the test's own.
pub(crate) async fn connection(url: &str) -> redis::aio::MultiplexedConnection {
    redis::Client::open(url)
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap()
}

/// Waits for the publication of a result that is final.
pub(crate) async fn until_ended(url: &str, task_id: &str) {
    let client = redis::Client::open(url).unwrap();
    let mut published = client.get_async_pubsub().await.unwrap();
    let key = format!("celery-task-meta-{task_id}");
    // Subscribed before it is looked at, so that no end goes by unseen.
    published.subscribe(&key).await.unwrap();
    let mut own = connection(url).await;
    let mut text: Option<String> = own.get(&key).await.unwrap();
    let mut messages = published.on_message();
    loop {
        let status = text.and_then(|text| {
            serde_json::from_str::<updraft_celery::protocol::TaskResult>(&text).ok()
        });
        if status.is_some_and(|result| result.status.is_final()) {
            return;
        }
        text = messages.next().await.unwrap().get_payload().ok();
    }
}
