//! Ctrl-C and SIGTERM: the first one drains, the second one ends the tasks.

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Which of the two was asked for so far.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    /// Start nothing more, end when the running tasks have ended.
    pub drain: CancellationToken,
    /// End the running tasks, too.
    pub kill: CancellationToken,
}

impl Stop {
    /// Takes both signals over from now on.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let stop = Self {
            drain: CancellationToken::new(),
            kill: CancellationToken::new(),
        };
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
        let asked = stop.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    Some(()) = interrupt.recv() => {}
                    Some(()) = terminate.recv() => {}
                    else => break,
                }
                if asked.drain.is_cancelled() {
                    asked.kill.cancel();
                }
                asked.drain.cancel();
            }
        });
        Ok(stop)
    }
}
