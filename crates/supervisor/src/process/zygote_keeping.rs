//! How the nursery keeps the zygote.

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{
    fork_server::{ForkError, ForkServer, ServerEvent},
    nursery::Keeper,
    warm::Waiting,
    zygote::{self, LastLines},
};
use crate::protocol::PROTOCOL_VERSION;

pub(super) struct Zygote {
    pub(super) id: u64,
    pub(super) server: ForkServer,
    printed: LastLines,
    pub(super) kill: CancellationToken,
    /// When it is taken for hung.
    starts_by: tokio::time::Instant,
    pub(super) ready: bool,
    pub(super) waiting: Vec<Waiting>,
    pub(super) await_ready: Vec<oneshot::Sender<Result<(), ForkError>>>,
}

impl Zygote {
    /// It is no more, or not wanted any more.
    fn fail(self, reason: &str) {
        for reply in self.await_ready {
            let _ = reply.send(Err(ForkError::ZygoteFailed(reason.to_owned())));
        }
        for (_, reply) in self.waiting {
            let _ = reply.send(Err(ForkError::ZygoteFailed(reason.to_owned())));
        }
    }
}

/// Pends for ever while no zygote is starting.
pub(super) async fn start_is_overdue(zygote: Option<&Zygote>) {
    match zygote.filter(|zygote| !zygote.ready) {
        Some(zygote) => tokio::time::sleep_until(zygote.starts_by).await,
        None => std::future::pending().await,
    }
}

impl Keeper {
    /// The zygote, started where there is none.
    pub(super) fn zygote(&mut self) -> Result<&mut Zygote, ForkError> {
        if self.zygote.is_none() {
            let started = zygote::spawn(&self.options, &self.tasks).map_err(|error| {
                let python = self.options.python.display();
                ForkError::ZygoteFailed(format!("cannot run {python}: {error}"))
            })?;
            let id = self.new_id();
            let server = self.connect(id, started.stream, None);
            server.send(serde_json::json!({
                "type": "preload",
                "sdk": self.options.sdk,
                "modules": self.options.preload,
                "tasks": self.options.runs_tasks,
            }));
            self.zygote = Some(Zygote {
                id,
                server,
                printed: started.printed,
                kill: started.kill,
                starts_by: tokio::time::Instant::now() + self.options.start_timeout,
                ready: false,
                waiting: Vec::new(),
                await_ready: Vec::new(),
            });
        }
        self.zygote.as_mut().ok_or(ForkError::ServerGone)
    }

    /// What it imports hangs, so the next one is started for the next request only. Its end is not
    /// waited for: a process that it started may hold its socket.
    pub(super) fn give_up_start(&mut self) {
        let Some(zygote) = self.zygote.take() else {
            return;
        };
        zygote.kill.cancel();
        let seconds = self.options.start_timeout.as_secs();
        let printed = zygote.printed.text();
        let reason = format!("it was not ready within {seconds} s; it printed: {printed}");
        tracing::error!(reason, "killed the zygote");
        zygote.fail(&reason);
    }

    pub(super) fn zygote_event(&mut self, event: ServerEvent) {
        match event {
            ServerEvent::Ready(ready) => {
                let Some(zygote) = &mut self.zygote else {
                    return;
                };
                if ready.protocol != PROTOCOL_VERSION {
                    let protocol = ready.protocol;
                    tracing::error!(protocol, "the Python runtime is of another version");
                }
                if ready.threads > 1 || ready.open_sockets > 0 {
                    tracing::warn!(
                        threads = ready.threads,
                        open_sockets = ready.open_sockets,
                        "a plugin, airflow_local_settings or a library left threads or open \
                         sockets when it was imported; processes forked from there may hang"
                    );
                }
                for (module, error) in &ready.preload_errors {
                    tracing::warn!(module, %error, "cannot preload a Python module");
                }
                tracing::debug!(seconds = ready.seconds, "the zygote is ready");
                zygote.ready = true;
                for reply in zygote.await_ready.drain(..) {
                    let _ = reply.send(Ok(()));
                }
                for (spec, reply) in zygote.waiting.drain(..) {
                    zygote.server.fork(spec, reply);
                }
            }
            ServerEvent::Gone => {
                let Some(zygote) = self.zygote.take() else {
                    return;
                };
                if zygote.ready {
                    tracing::warn!("the zygote ended; starting another one");
                    if let Err(error) = self.zygote() {
                        tracing::error!(%error, "cannot start the zygote again");
                    }
                    return;
                }
                let printed = zygote.printed.text();
                zygote.fail(&printed);
            }
            ServerEvent::Loaded(_) | ServerEvent::Resized { .. } => {}
        }
    }
}
