//! Tasks on this host: slots in front of the supervisor.

use std::collections::HashMap;

use tokio::{sync::mpsc, task::JoinHandle};
use updraft_core::TaskInstanceKey;
use updraft_supervisor::{Command, TaskRequest};

/// Hands task instances to the supervisor, which claims and runs them.
#[derive(Debug)]
pub struct LocalExecutor {
    parallelism: u32,
    /// What the supervisor has.
    held: HashMap<TaskInstanceKey, Queueing>,
    supervisor: mpsc::UnboundedSender<Command>,
    /// Hands over what was sent to `supervisor`.
    forwarding: JoinHandle<()>,
}

/// What brought a task instance to the supervisor. A try may be queued more than once: when it did
/// not begin, or after each poke of a sensor that reschedules itself.
#[derive(Debug, PartialEq, Eq)]
struct Queueing {
    try_number: i32,
    external_executor_id: Option<String>,
}

impl LocalExecutor {
    pub(super) fn new(parallelism: u32, supervisor: mpsc::Sender<Command>) -> Self {
        let (sender, waiting) = mpsc::unbounded_channel();
        Self {
            forwarding: tokio::spawn(forward(waiting, supervisor)),
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
        let queueing = Queueing {
            try_number: request.try_number,
            external_executor_id: request.external_executor_id.clone(),
        };
        if self.held.get(&request.key) == Some(&queueing) {
            return;
        }
        self.held.insert(request.key.clone(), queueing);
        self.send(Command::RunTask(Box::new(request)));
    }

    pub(super) fn holds(&self, key: &TaskInstanceKey, external_executor_id: &str) -> bool {
        self.held
            .get(key)
            .is_some_and(|held| held.external_executor_id.as_deref() == Some(external_executor_id))
    }

    pub(super) fn release(
        &mut self,
        key: &TaskInstanceKey,
        try_number: i32,
        external_executor_id: Option<&str>,
    ) -> bool {
        let is_it = self.held.get(key).is_some_and(|held| {
            held.try_number == try_number
                && held.external_executor_id.as_deref() == external_executor_id
        });
        if is_it {
            self.held.remove(key);
        }
        is_it
    }

    pub(super) fn forget(&mut self, key: &TaskInstanceKey) {
        self.held.remove(key);
    }

    pub(super) fn holds_try(&self, key: &TaskInstanceKey, try_number: i32) -> bool {
        self.held
            .get(key)
            .is_some_and(|held| held.try_number == try_number)
    }

    pub(super) fn revoke(&mut self, key: &TaskInstanceKey, try_number: i32, reason: &str) {
        if self.holds_try(key, try_number) {
            self.held.remove(key);
            self.terminate(key, try_number, reason);
        }
    }

    pub(super) fn terminate(&self, key: &TaskInstanceKey, try_number: i32, reason: &str) {
        self.send(Command::Terminate {
            key: key.clone(),
            try_number,
            reason: reason.to_owned(),
        });
    }

    pub(super) fn run_callbacks(&self) {
        self.send(Command::RunCallbacks);
    }

    pub(super) fn retain(&mut self, mut is_live: impl FnMut(&TaskInstanceKey) -> bool) {
        self.held.retain(|key, _| is_live(key));
    }

    pub(super) fn is_idle(&self) -> bool {
        self.held.is_empty()
    }

    /// Until the supervisor has everything that it was sent, or is gone.
    pub(super) async fn close(self) {
        drop(self.supervisor);
        if let Err(error) = self.forwarding.await {
            tracing::error!(%error, "commands to the supervisor were not handed over");
        }
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

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use updraft_core::MapIndex;

    use super::*;

    fn request(try_number: i32, id: &str) -> TaskRequest {
        TaskRequest {
            key: TaskInstanceKey {
                dag_id: "dag".into(),
                run_id: "run".into(),
                task_id: "task".into(),
                map_index: MapIndex::UNMAPPED,
            },
            try_number,
            path: "/dags/dag.py".to_owned(),
            dags_folder: "/dags".to_owned(),
            run_as_user: None,
            mark_success: false,
            external_executor_id: Some(id.to_owned()),
            owner: None,
            retries: None,
        }
    }

    #[rstest]
    #[case::of_the_try_before(1, "first", false)]
    #[case::of_an_earlier_queueing(2, "first", false)]
    #[case::of_this_one(2, "second", true)]
    #[tokio::test]
    async fn only_the_present_queueing_is_released(
        #[case] try_number: i32,
        #[case] id: &str,
        #[case] expected: bool,
    ) {
        let (sender, mut commands) = mpsc::channel(4);
        let mut executor = LocalExecutor::new(4, sender);
        executor.execute(request(1, "first"));
        executor.execute(request(2, "second"));
        executor.execute(request(2, "second"));
        let released = executor.release(&request(2, "second").key, try_number, Some(id));
        assert_eq!(released, expected);
        assert_eq!(executor.is_idle(), expected);
        assert_eq!(executor.open_slots(), if expected { 4 } else { 3 });
        executor.close().await;
        let mut sent = 0;
        while commands.recv().await.is_some() {
            sent += 1;
        }
        assert_eq!(sent, 2);
    }

    #[tokio::test]
    async fn what_is_said_of_an_earlier_try_does_not_end_the_present_one() {
        let (sender, mut commands) = mpsc::channel(4);
        let mut executor = LocalExecutor::new(4, sender);
        executor.execute(request(2, "second"));
        let key = request(2, "second").key;
        executor.revoke(&key, 1, "queued for too long");
        assert!(executor.holds_try(&key, 2));
        executor.revoke(&key, 2, "queued for too long");
        assert!(executor.is_idle());
        drop(executor);
        let mut ended = Vec::new();
        while let Some(command) = commands.recv().await {
            if let Command::Terminate { try_number, .. } = command {
                ended.push(try_number);
            }
        }
        assert_eq!(ended, [2]);
    }
}
