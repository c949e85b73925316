//! Ending a task's processes: SIGTERM, time to clean up, SIGKILL.

use std::time::Duration;

use nix::unistd::Pid;
use tokio::time::{Instant, sleep_until};

use crate::{
    options::Limits,
    process::{kill_group, terminate_group},
    task_log::TaskLog,
};

/// Why a task is ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Somebody gave the task instance another state, or it is gone.
    SetFromOutside(Option<String>),
    Requested(String),
    ExecutionTimeout,
    Shutdown,
}

/// The escalation against one child; does nothing until [`Self::begin`].
pub(super) struct Escalation {
    pid: Pid,
    limits: Limits,
    next: Option<(Instant, Step)>,
    pub(super) reason: Option<Stop>,
    pub(super) killed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Terminate,
    Kill,
}

impl Escalation {
    pub(super) fn new(pid: Pid, limits: Limits) -> Self {
        Self {
            pid,
            limits,
            next: None,
            reason: None,
            killed: false,
        }
    }

    pub(super) fn begin(&mut self, stop: Stop, log: &TaskLog) {
        if self.reason.is_some() {
            return;
        }
        let mut delay = Duration::ZERO;
        match &stop {
            Stop::SetFromOutside(state) => {
                if state.as_deref() == Some("success") {
                    delay = self.limits.task_success_overtime;
                }
                let state = state.as_deref().unwrap_or("None");
                log.error(&format!(
                    "State of this instance has been externally set to {state}. \
                     Terminating instance."
                ));
            }
            Stop::Requested(why) => log.error(&format!("Terminating the task: {why}")),
            Stop::ExecutionTimeout => {
                log.error("The task goes on after its execution_timeout. Terminating instance.");
            }
            Stop::Shutdown => log.error("Updraft stops. Terminating instance."),
        }
        self.reason = Some(stop);
        self.next = Some((Instant::now() + delay, Step::Terminate));
    }

    /// Pends for ever while nothing is to be done. Cancel-safe.
    pub(super) async fn due(&self) {
        match self.next {
            Some((at, _)) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// The next signal. Call it when [`Self::due`] returns.
    pub(super) fn act(&mut self, log: &TaskLog) {
        match self.next.take() {
            Some((_, Step::Terminate)) => {
                log.info(&format!("Sending SIGTERM to process group {}", self.pid));
                terminate_group(self.pid);
                let at = Instant::now() + self.limits.killed_task_cleanup_time;
                self.next = Some((at, Step::Kill));
            }
            Some((_, Step::Kill)) => {
                log.error(&format!(
                    "The process did not end within {} s. Sending SIGKILL to process group {}",
                    self.limits.killed_task_cleanup_time.as_secs(),
                    self.pid
                ));
                self.killed = true;
                kill_group(self.pid);
            }
            None => {}
        }
    }
}
