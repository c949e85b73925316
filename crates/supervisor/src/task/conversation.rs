//! Listens to a task's process until it says how the task ended, or ends.

use std::time::Duration;

use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};
use updraft_core::{MapIndex, TaskId, TaskInstanceKey};
use updraft_metadata_db::{Db, Error, supervision::Claimed};

use super::{
    requests::Request,
    stop::{Escalation, Stop},
};
use crate::{
    process::{Child, Exit},
    protocol::{ChildMessage, Frame, FrameError, Outcome},
    questions::{Answer, Asked, Sources},
    shared::Shared,
    task_log::TaskLog,
};

/// Rendered fields that are no older than this at the end of a task are written with its end.
const RENDERED_FIELDS_DELAY: Duration = Duration::from_secs(1);
/// How long the end of a task waits for rendered fields that are being written.
const STORING: Duration = Duration::from_millis(500);
/// What a process has sent before its end is there, but on a busy machine it may take a moment to be
/// read; an outcome that is overlooked would fail a task that succeeded. The end of the stream ends
/// the wait, unless the task left a fork of itself behind that holds the socket.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What a task's process said and did.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) outcome: Option<(Outcome, Vec<u8>)>,
    pub(super) exit: Option<Exit>,
    /// Rendered fields that are not stored yet.
    pub(super) rendered_fields: Option<String>,
    pub(super) skip_decision: Option<String>,
    pub(super) skipped: Vec<(TaskId, MapIndex)>,
}

pub(super) struct Conversation<'a> {
    pub(super) shared: &'a Shared,
    pub(super) db: &'a Db,
    pub(super) key: &'a TaskInstanceKey,
    pub(super) claimed: &'a Claimed,
    pub(super) log: &'a TaskLog,
    pub(super) heard: Heard,
    pub(super) request: Option<Request>,
    pub(super) rendered_due: Option<Instant>,
    timeout_due: Option<Instant>,
    pub(super) storing: Option<JoinHandle<Result<(), Error>>>,
    /// What [`Self::storing`] stores is what came last.
    pub(super) storing_last: bool,
}

impl<'a> Conversation<'a> {
    pub(super) fn new(
        shared: &'a Shared,
        db: &'a Db,
        key: &'a TaskInstanceKey,
        claimed: &'a Claimed,
        log: &'a TaskLog,
    ) -> Self {
        Self {
            shared,
            db,
            key,
            claimed,
            log,
            heard: Heard::default(),
            request: None,
            rendered_due: None,
            timeout_due: None,
            storing: None,
            storing_last: false,
        }
    }

    /// Until there is an outcome or an exit.
    pub(super) async fn hold(
        mut self,
        child: &mut Child,
        escalation: &mut Escalation,
        stops: &mut mpsc::UnboundedReceiver<Stop>,
    ) -> Heard {
        let mut listening = true;
        let mut killing = false;
        while self.heard.outcome.is_none() && self.heard.exit.is_none() {
            tokio::select! {
                frame = child.channel.receive(), if listening && self.request.is_none() => {
                    match frame {
                        Some(Ok(frame)) => self.hear(frame),
                        // It would wait for ever for us to read on.
                        Some(Err(error @ FrameError::TooLarge { .. })) => {
                            listening = false;
                            let reason = format!("its messages cannot be read: {error}");
                            escalation.begin(Stop::Requested(reason), self.log);
                        }
                        // Its end follows, or it has closed the socket on purpose.
                        Some(Err(_)) | None => listening = false,
                    }
                }
                reply = pending(&mut self.request) => {
                    self.request = None;
                    if let Err(error) = child.channel.send(&reply.envelope, &reply.blob).await {
                        tracing::debug!(%error, "a task's process did not take a reply");
                    }
                }
                exit = &mut child.exited => {
                    self.heard.exit = Some(exit.unwrap_or_default());
                }
                Some(stop) = stops.recv() => escalation.begin(stop, self.log),
                () = self.shared.kill.cancelled(), if !killing => {
                    killing = true;
                    escalation.begin(Stop::Shutdown, self.log);
                }
                () = escalation.due() => escalation.act(self.log),
                () = due(self.timeout_due) => {
                    self.timeout_due = None;
                    escalation.begin(Stop::ExecutionTimeout, self.log);
                }
                () = due(self.rendered_due) => self.store_rendered_fields(),
            }
        }
        self.last_words(child, listening).await;
        self.await_storing().await;
        self.heard
    }

    /// Rendered fields that are not stored by then are written with the end, which must not lie behind
    /// them in memory alone.
    async fn await_storing(&mut self) {
        let Some(mut storing) = self.storing.take() else {
            return;
        };
        match timeout(STORING, &mut storing).await {
            Ok(Ok(Ok(()))) if self.storing_last => self.heard.rendered_fields = None,
            Ok(_) => {}
            // What it has locked, it gives back.
            Err(_) => storing.abort(),
        }
    }

    /// The exit may be known before the last message was read.
    async fn last_words(&mut self, child: &mut Child, listening: bool) {
        while listening && self.heard.outcome.is_none() {
            match timeout(LAST_WORDS, child.channel.receive()).await {
                Ok(Some(Ok(frame))) => self.hear(frame),
                _ => break,
            }
        }
    }

    fn hear(&mut self, frame: Frame) {
        let message = match serde_json::from_slice(&frame.envelope) {
            Ok(message) => message,
            Err(error) => {
                self.log.error(&format!(
                    "The task's process sent what is no message: {error}"
                ));
                self.refuse(Answer::to_unreadable(&frame.envelope, &error));
                return;
            }
        };
        match message {
            ChildMessage::RenderedFields => {
                // Valid JSON is ASCII here: Python escapes the rest.
                self.heard.rendered_fields = String::from_utf8(frame.blob).ok();
                self.storing_last = false;
                self.rendered_due = Some(Instant::now() + RENDERED_FIELDS_DELAY);
            }
            ChildMessage::XcomSet {
                id,
                key,
                dag_id,
                task_id,
                run_id,
                map_index,
            } => {
                let of = TaskInstanceKey {
                    dag_id: dag_id.into(),
                    run_id: run_id.into(),
                    task_id: task_id.into(),
                    map_index: MapIndex(map_index),
                };
                self.hear_xcom(id, of, key, frame.blob);
            }
            ChildMessage::SkipTasks { id, tasks } => self.hear_skips(id, tasks),
            ChildMessage::ExecutionTimeout { seconds } => {
                let slack = self.shared.options.limits.execution_timeout_slack;
                self.timeout_due = Duration::try_from_secs_f64(seconds)
                    .ok()
                    .and_then(|own| Instant::now().checked_add(own + slack));
            }
            ChildMessage::Outcome(outcome) => self.heard.outcome = Some((*outcome, frame.blob)),
            ChildMessage::Unknown => match Asked::read(&frame.envelope) {
                Some(Ok(asked)) => {
                    let sources = Sources::new(self.shared, Some(self.key));
                    self.request = Some(Box::pin(sources.answer(asked, frame.blob)));
                }
                Some(Err(refusal)) => self.refuse(Some(refusal)),
                None => {}
            },
            ChildMessage::CallbackDone { .. } => {}
        }
    }

    fn hear_xcom(&mut self, id: u64, of: TaskInstanceKey, key: String, value: Vec<u8>) {
        if key == "skipmixin_key" && of == *self.key {
            self.heard.skip_decision = String::from_utf8(value.clone()).ok();
        }
        self.request = Some(self.set_xcom(id, of, key, value));
    }

    fn hear_skips(&mut self, id: u64, tasks: Vec<(String, i32)>) {
        let tasks: Vec<_> = tasks
            .into_iter()
            .map(|(task_id, map_index)| (TaskId::from(task_id), MapIndex(map_index)))
            .collect();
        self.heard.skipped.extend(tasks.iter().cloned());
        self.request = Some(self.skip_tasks(id, tasks));
    }

    fn refuse(&mut self, refusal: Option<Answer>) {
        if let Some(refusal) = refusal {
            self.request = Some(Box::pin(std::future::ready(refusal)));
        }
    }
}

async fn pending(request: &mut Option<Request>) -> Answer {
    match request {
        Some(request) => request.await,
        None => std::future::pending().await,
    }
}

async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
