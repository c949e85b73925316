//! How the rest of the process talks to a supervisor.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{mpsc, oneshot};

use crate::{
    command::{Command, ParseRequest},
    event::ParseReport,
    parse::not_started,
};

/// Cheap to clone. When every clone is dropped the supervisor drains.
#[derive(Clone, Debug)]
pub struct SupervisorHandle {
    pub commands: mpsc::Sender<Command>,
    pub(crate) waiting: WaitingParses,
}

impl SupervisorHandle {
    /// Parses a DAG file in a child and waits for the report.
    pub async fn parse(&self, mut request: ParseRequest) -> ParseReport {
        let (id, report) = self.waiting.add();
        request.id = id;
        let sent = self.commands.send(Command::Parse(request.clone())).await;
        if sent.is_err() {
            self.waiting.remove(id);
            return not_started(&request, "the supervisor has stopped".to_owned());
        }
        report
            .await
            .unwrap_or_else(|_| not_started(&request, "the supervisor has stopped".to_owned()))
    }
}

/// Who waits for which report. Reports that nobody waits for are events.
#[derive(Clone, Debug, Default)]
pub(crate) struct WaitingParses {
    waiting: Arc<Mutex<HashMap<u64, oneshot::Sender<ParseReport>>>>,
    last_id: Arc<AtomicU64>,
}

impl WaitingParses {
    fn add(&self) -> (u64, oneshot::Receiver<ParseReport>) {
        // Zero is what requests have that came without an id of ours.
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let (sender, receiver) = oneshot::channel();
        self.lock().insert(id, sender);
        (id, receiver)
    }

    /// Hands the report over, or back.
    pub(crate) fn hand_over(&self, report: ParseReport) -> Option<ParseReport> {
        match self.remove(report.id) {
            Some(sender) => {
                // Whoever asked does not want it any more.
                let _ = sender.send(report);
                None
            }
            None => Some(report),
        }
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn remove(&self, id: u64) -> Option<oneshot::Sender<ParseReport>> {
        self.lock().remove(&id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, oneshot::Sender<ParseReport>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
