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
    /// Others may take the try for lost at any moment.
    Silent,
    Shutdown,
}

impl Stop {
    /// For the task's log.
    fn announcement(&self) -> String {
        match self {
            Self::SetFromOutside(state) => format!(
                "This task instance is not ours to run any more: externally set to {}. Its \
                 process is ended.",
                state.as_deref().unwrap_or("None")
            ),
            Self::Requested(why) => format!("Terminating the task: {why}"),
            Self::ExecutionTimeout => {
                "The task goes on after its execution_timeout. Its process is ended.".to_owned()
            }
            Self::Silent => "The metadata database answers, but it does not take this try's signs \
                 of life. Its process is ended before others take the try for lost and begin the \
                 next one."
                .to_owned(),
            Self::Shutdown => "Updraft stops, and ends the task.".to_owned(),
        }
    }
}

/// The escalation against one child; does nothing until [`Self::begin`].
pub(super) struct Escalation {
    pid: Pid,
    limits: Limits,
    /// Between SIGTERM and SIGKILL.
    grace: Duration,
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
    pub(super) fn new(pid: Pid, limits: &Limits) -> Self {
        Self {
            pid,
            limits: *limits,
            grace: limits.killed_task_cleanup_time,
            next: None,
            reason: None,
            killed: false,
        }
    }

    pub(super) fn begin(&mut self, stop: Stop, log: &TaskLog) {
        if stop == Stop::Silent {
            self.hurry();
        }
        if self.reason.is_some() {
            return;
        }
        log.error(&stop.announcement());
        let delay = match &stop {
            Stop::SetFromOutside(Some(state)) if state == "success" => {
                self.limits.task_success_overtime
            }
            _ => Duration::ZERO,
        };
        self.reason = Some(stop);
        self.next = Some((Instant::now() + delay, Step::Terminate));
    }

    /// The process must be gone before others may take its try for lost.
    fn hurry(&mut self) {
        let grace = self.limits.fence / 4;
        self.grace = self.grace.min(grace);
        if let Some((at, _)) = &mut self.next {
            *at = (*at).min(Instant::now() + grace);
        }
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
                let at = Instant::now() + self.grace;
                self.next = Some((at, Step::Kill));
            }
            Some((_, Step::Kill)) => {
                log.error(&format!(
                    "The process did not end within {} s. Sending SIGKILL to process group {}",
                    self.grace.as_secs(),
                    self.pid
                ));
                self.killed = true;
                kill_group(self.pid);
            }
            None => {}
        }
    }
}
