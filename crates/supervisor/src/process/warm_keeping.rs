//! How the nursery keeps warm DAG processes.

use std::{os::unix::net::UnixStream as StdUnixStream, time::Instant};

use tokio::net::UnixStream;
use tokio_util::task::TaskTracker;

use super::{
    fork_server::{ForkError, ForkServer, ServerEvent, WarmFork},
    nursery::{Event, Keeper},
    warm::Waiting,
    zygote,
};
use crate::protocol::Loaded;

impl Keeper {
    /// Has a process from which many tasks fork do that more quickly, where memory allows.
    pub(super) fn use_large_pages(&mut self, path: &str) {
        if let Some((server, limit_kb)) = self.warm.for_large_pages(path, &self.limits) {
            server.send(serde_json::json!({"type": "use_large_pages", "limit_kb": limit_kb}));
        }
    }

    pub(super) fn start_warm(&mut self, path: String, dags_folder: String, order: Waiting) {
        let server = match self.zygote() {
            Ok(zygote) if zygote.ready => zygote.server.clone(),
            // The first tasks after a start do not wait for two processes in a row.
            _ => return self.fork_from_zygote(order),
        };
        let id = self.new_id();
        self.warm.start(path.clone(), id, order, Instant::now());
        self.warm.trim(&self.limits, Instant::now());
        let events = self.events.clone();
        let tasks = self.tasks.clone();
        self.tasks.spawn(async move {
            let result = fork_warm(&server, &tasks).await;
            let _ = events.send(Event::WarmForked {
                id,
                path,
                dags_folder,
                result,
            });
        });
    }

    pub(super) fn warm_forked(
        &mut self,
        id: u64,
        path: &str,
        dags_folder: &str,
        result: Result<(WarmFork, StdUnixStream), ForkError>,
    ) -> Result<(), ForkError> {
        let (fork, stream) = result?;
        let stream = UnixStream::from_std(stream).map_err(ForkError::Descriptors)?;
        let server = self.connect(id, stream, Some(fork.lifeline));
        if self.warm.forked(id, &server, fork.pid) {
            server.send(serde_json::json!({
                "type": "load",
                "path": path,
                "dags_folder": dags_folder,
            }));
        }
        Ok(())
    }

    pub(super) fn warm_event(&mut self, id: u64, event: ServerEvent) {
        match event {
            ServerEvent::Loaded(Loaded {
                ok: true,
                files,
                rss_kb,
                ..
            }) => {
                if let Some((server, waiting)) = self.warm.loaded(id, files, rss_kb) {
                    for (spec, reply) in waiting {
                        server.fork(spec, reply);
                    }
                    self.warm.trim(&self.limits, Instant::now());
                }
            }
            ServerEvent::Loaded(loaded) => {
                tracing::debug!(
                    error = loaded.error,
                    seconds = loaded.seconds,
                    "no warm process for a DAG file"
                );
                self.fork_all_from_zygote(id, Some(loaded.files));
            }
            ServerEvent::Gone => self.fork_all_from_zygote(id, None),
            ServerEvent::Resized { memory_kb } => {
                self.warm.resized(id, memory_kb);
                self.warm.trim(&self.limits, Instant::now());
            }
            ServerEvent::Ready(_) => {}
        }
    }

    pub(super) fn fork_all_from_zygote(&mut self, id: u64, files: Option<Vec<String>>) {
        for order in self.warm.remove(id, files) {
            self.fork_from_zygote(order);
        }
    }
}

async fn fork_warm(
    server: &ForkServer,
    tasks: &TaskTracker,
) -> Result<(WarmFork, StdUnixStream), ForkError> {
    let (ours, control) = StdUnixStream::pair().map_err(ForkError::Descriptors)?;
    ours.set_nonblocking(true).map_err(ForkError::Descriptors)?;
    let (output, child_output) = std::io::pipe().map_err(ForkError::Descriptors)?;
    zygote::follow(output.into(), "warm DAG process", tasks).map_err(ForkError::Descriptors)?;
    let fork = server.fork_warm(control, child_output.into()).await?;
    Ok((fork, ours))
}
