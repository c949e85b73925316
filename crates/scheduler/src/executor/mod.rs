//! Where queued task instances go.
//!
//! A closed set: each executor is a variant. What an executor holds in memory only counts its
//! slots; whether a task instance may run is decided by the claim in the database.

mod local;

use std::collections::HashMap;

use tokio::sync::mpsc;
use updraft_core::{TaskInstanceKey, planner::ExecutorSlots};
use updraft_supervisor::{Command, TaskRequest};

pub use local::LocalExecutor;

/// `[core] executor`.
#[derive(Debug)]
pub enum Executor {
    /// `LocalExecutor`: up to `[core] parallelism` tasks on this host.
    Local(LocalExecutor),
    /// `SequentialExecutor`: one task at a time on this host.
    Sequential(LocalExecutor),
}

const LOCAL_NAMES: [&str; 2] = [
    "LocalExecutor",
    "airflow.executors.local_executor.LocalExecutor",
];
const SEQUENTIAL_NAMES: [&str; 2] = [
    "SequentialExecutor",
    "airflow.executors.sequential_executor.SequentialExecutor",
];

impl Executor {
    /// `parallelism` 0 means no limit, as in Airflow. To be called inside the runtime.
    pub fn local(parallelism: u32, supervisor: mpsc::Sender<Command>) -> Self {
        Self::Local(LocalExecutor::new(parallelism, supervisor))
    }

    pub fn sequential(supervisor: mpsc::Sender<Command>) -> Self {
        Self::Sequential(LocalExecutor::new(1, supervisor))
    }

    /// What the planner may hand out.
    pub(crate) fn open_slots(&self) -> ExecutorSlots {
        let (executor, names) = match self {
            Self::Local(executor) => (executor, LOCAL_NAMES),
            Self::Sequential(executor) => (executor, SEQUENTIAL_NAMES),
        };
        ExecutorSlots {
            default: executor.open_slots(),
            named: HashMap::new(),
            default_names: names.map(str::to_owned).to_vec(),
        }
    }

    /// Takes a task instance that was queued in the database. Handing over the same queueing
    /// twice does nothing.
    pub(crate) fn execute(&mut self, request: TaskRequest) {
        self.inner_mut().execute(request);
    }

    /// The task instance is with this executor under that queueing.
    pub(crate) fn holds(&self, key: &TaskInstanceKey, external_executor_id: &str) -> bool {
        self.inner().holds(key, external_executor_id)
    }

    /// The supervisor is done with that queueing of a task instance: its slot is free. False where
    /// the executor does not hold it, or holds another one of the same task instance by now.
    pub(crate) fn release(
        &mut self,
        key: &TaskInstanceKey,
        try_number: i32,
        external_executor_id: Option<&str>,
    ) -> bool {
        self.inner_mut()
            .release(key, try_number, external_executor_id)
    }

    /// The database says that the task instance is neither queued nor running.
    pub(crate) fn forget(&mut self, key: &TaskInstanceKey) {
        self.inner_mut().forget(key);
    }

    /// The try is with this executor.
    pub(crate) fn holds_try(&self, key: &TaskInstanceKey, try_number: i32) -> bool {
        self.inner().holds_try(key, try_number)
    }

    /// Ends a try, which stays with this executor until its supervisor says that it has ended.
    pub(crate) fn terminate(&self, key: &TaskInstanceKey, try_number: i32, reason: &str) {
        self.inner().terminate(key, try_number, reason);
    }

    /// Gives a try up that is not wanted any more, and ends it if it has begun.
    pub(crate) fn revoke(&mut self, key: &TaskInstanceKey, try_number: i32, reason: &str) {
        self.inner_mut().revoke(key, try_number, reason);
    }

    /// Has callbacks run that were stored for tries without a process.
    pub(crate) fn run_callbacks(&self) {
        self.inner().run_callbacks();
    }

    /// Frees the slots of what the database says is neither queued nor running.
    pub(crate) fn retain(&mut self, is_live: impl FnMut(&TaskInstanceKey) -> bool) {
        self.inner_mut().retain(is_live);
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.inner().is_idle()
    }

    /// Nothing is handed over after this.
    pub(crate) async fn close(self) {
        match self {
            Self::Local(executor) | Self::Sequential(executor) => executor.close().await,
        }
    }

    fn inner(&self) -> &LocalExecutor {
        match self {
            Self::Local(executor) | Self::Sequential(executor) => executor,
        }
    }

    fn inner_mut(&mut self) -> &mut LocalExecutor {
        match self {
            Self::Local(executor) | Self::Sequential(executor) => executor,
        }
    }
}
