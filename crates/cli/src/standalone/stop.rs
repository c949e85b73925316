//! Ctrl-C and SIGTERM: the first one drains, the second one ends the tasks.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// Which of the two was asked for so far.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    /// Start nothing more, end when the running tasks have ended.
    pub drain: CancellationToken,
    /// End the running tasks, too.
    pub kill: CancellationToken,
    _listening: Arc<AbortOnDropHandle<()>>,
}

impl Stop {
    /// Takes both signals over from now on.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let (drain, kill) = (CancellationToken::new(), CancellationToken::new());
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
        let asked = (drain.clone(), kill.clone());
        let listening = tokio::spawn(async move {
            let (drain, kill) = asked;
            loop {
                tokio::select! {
                    Some(()) = interrupt.recv() => {}
                    Some(()) = terminate.recv() => {}
                    else => break,
                }
                if drain.is_cancelled() {
                    kill.cancel();
                }
                drain.cancel();
            }
        });
        Ok(Self {
            drain,
            kill,
            _listening: Arc::new(AbortOnDropHandle::new(listening)),
        })
    }
}
