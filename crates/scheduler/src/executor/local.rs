//! Tasks on this host: slots in front of the supervisor.

use std::collections::HashMap;

use tokio::sync::mpsc;
use updraft_core::TaskInstanceKey;
use updraft_supervisor::{CallbackRequest, Command, TaskRequest};

/// Hands task instances to the supervisor, which claims and runs them.
#[derive(Debug)]
pub struct LocalExecutor {
    parallelism: u32,
    /// What the supervisor has, with the id of the queueing that brought it there.
    held: HashMap<TaskInstanceKey, Option<String>>,
    supervisor: mpsc::UnboundedSender<Command>,
}

impl LocalExecutor {
    pub(super) fn new(parallelism: u32, supervisor: mpsc::Sender<Command>) -> Self {
        let (sender, waiting) = mpsc::unbounded_channel();
        tokio::spawn(forward(waiting, supervisor));
        Self {
            parallelism: if parallelism == 0 {
                u32::MAX
            } else {
                parallelism
            },
            held: HashMap::new(),
            supervisor: sender,
        }
    }

    pub(super) fn open_slots(&self) -> u32 {
        let held = u32::try_from(self.held.len()).unwrap_or(u32::MAX);
        self.parallelism.saturating_sub(held)
    }

    pub(super) fn execute(&mut self, request: TaskRequest) {
        let id = request.external_executor_id.clone();
        let earlier = self.held.insert(request.key.clone(), id.clone());
        if earlier.is_some_and(|earlier| earlier == id) {
            return;
        }
        self.send(Command::RunTask(Box::new(request)));
    }

    pub(super) fn holds(&self, key: &TaskInstanceKey, external_executor_id: &str) -> bool {
        self.held
            .get(key)
            .is_some_and(|id| id.as_deref() == Some(external_executor_id))
    }

    pub(super) fn release(&mut self, key: &TaskInstanceKey) {
        self.held.remove(key);
    }

    pub(super) fn revoke(&mut self, key: &TaskInstanceKey, try_number: i32, reason: &str) {
        if self.held.remove(key).is_some() {
            self.send(Command::Terminate {
                key: key.clone(),
                try_number,
                reason: reason.to_owned(),
            });
        }
    }

    pub(super) fn run_callback(&self, request: CallbackRequest) {
        self.send(Command::RunCallback(Box::new(request)));
    }

    pub(super) fn retain(&mut self, mut is_live: impl FnMut(&TaskInstanceKey) -> bool) {
        self.held.retain(|key, _| is_live(key));
    }

    pub(super) fn is_idle(&self) -> bool {
        self.held.is_empty()
    }

    fn send(&self, command: Command) {
        if self.supervisor.send(command).is_err() {
            // The task instance stays queued in the database, for whoever comes next.
            tracing::warn!("the supervisor is gone; a command was not handed to it");
        }
    }
}

/// The scheduler never waits for a supervisor that is busy telling it something. Ends with either
/// of them.
async fn forward(mut waiting: mpsc::UnboundedReceiver<Command>, supervisor: mpsc::Sender<Command>) {
    while let Some(command) = waiting.recv().await {
        if supervisor.send(command).await.is_err() {
            return;
        }
    }
}
