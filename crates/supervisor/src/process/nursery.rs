//! Where children come from: keeps the zygote running and chooses between it and warm processes.

use std::{
    os::{fd::OwnedFd, unix::net::UnixStream as StdUnixStream},
    time::{Duration, Instant},
};

use nix::unistd::Pid;
use tokio::{
    net::UnixStream,
    sync::{broadcast, mpsc, oneshot},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    child::{Child, ForkSpec},
    exit::Exit,
    fork_server::{Connection, ForkError, ForkServer, ServerEvent, WarmFork},
    warm::{Place, Waiting, WarmLimits, WarmPool},
    zygote::{self, LastLines, ZygoteOptions},
};
use crate::protocol::{Loaded, PROTOCOL_VERSION};

const TRIM_INTERVAL: Duration = Duration::from_secs(1);
/// Fork servers have nothing left to do then.
const END_PATIENCE: Duration = Duration::from_secs(5);

/// Forks children on request. Cheap to clone; without any clone left the fork servers end, each
/// after its last child.
#[derive(Clone, Debug)]
pub(crate) struct Nursery {
    orders: mpsc::UnboundedSender<Order>,
    /// Everything that attends to processes.
    tasks: TaskTracker,
}

enum Order {
    Fork(Waiting),
    /// Answered when the zygote is ready, or with why it does not start.
    AwaitReady(oneshot::Sender<Result<(), ForkError>>),
    End,
}

impl Nursery {
    pub(crate) fn start(options: ZygoteOptions, limits: WarmLimits) -> Self {
        let (orders, order_receiver) = mpsc::unbounded_channel();
        let (events, event_receiver) = mpsc::unbounded_channel();
        let (reports, _) = broadcast::channel(256);
        let tasks = TaskTracker::new();
        let keeper = Keeper {
            tasks: tasks.clone(),
            options,
            limits,
            events,
            reports,
            zygote: None,
            warm: WarmPool::default(),
            next_id: 0,
        };
        tasks.spawn(keeper.run(order_receiver, event_receiver));
        Self { orders, tasks }
    }

    /// No more forks: the fork servers end, and whoever attends to their processes with them.
    pub(crate) async fn end(&self) {
        // It may have ended by itself.
        let _ = self.orders.send(Order::End);
        self.tasks.close();
        if timeout(END_PATIENCE, self.tasks.wait()).await.is_err() {
            tracing::warn!("Python processes do not end; they are left to the kernel");
        }
    }

    pub(crate) async fn fork(&self, spec: ForkSpec) -> Result<Child, ForkError> {
        let (reply, answer) = oneshot::channel();
        self.orders
            .send(Order::Fork((spec, reply)))
            .map_err(|_| ForkError::ServerGone)?;
        answer.await.map_err(|_| ForkError::ServerGone)?
    }

    pub(crate) async fn ready(&self) -> Result<(), ForkError> {
        let (reply, answer) = oneshot::channel();
        self.orders
            .send(Order::AwaitReady(reply))
            .map_err(|_| ForkError::ServerGone)?;
        answer.await.map_err(|_| ForkError::ServerGone)?
    }
}

enum Event {
    Server(u64, ServerEvent),
    WarmForked {
        id: u64,
        path: String,
        dags_folder: String,
        result: Result<(WarmFork, StdUnixStream), ForkError>,
    },
}

struct Zygote {
    id: u64,
    server: ForkServer,
    printed: LastLines,
    kill: CancellationToken,
    /// When it is taken for hung.
    starts_by: tokio::time::Instant,
    ready: bool,
    waiting: Vec<Waiting>,
    await_ready: Vec<oneshot::Sender<Result<(), ForkError>>>,
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
async fn start_is_overdue(zygote: Option<&Zygote>) {
    match zygote.filter(|zygote| !zygote.ready) {
        Some(zygote) => tokio::time::sleep_until(zygote.starts_by).await,
        None => std::future::pending().await,
    }
}

struct Keeper {
    tasks: TaskTracker,
    options: ZygoteOptions,
    limits: WarmLimits,
    events: mpsc::UnboundedSender<Event>,
    reports: broadcast::Sender<(Pid, Exit)>,
    zygote: Option<Zygote>,
    warm: WarmPool,
    next_id: u64,
}

impl Keeper {
    async fn run(
        mut self,
        mut orders: mpsc::UnboundedReceiver<Order>,
        mut events: mpsc::UnboundedReceiver<Event>,
    ) {
        let mut trim = tokio::time::interval(TRIM_INTERVAL);
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Fork(order)) => self.place(order),
                    Some(Order::AwaitReady(reply)) => self.await_ready(reply),
                    Some(Order::End) | None => break,
                },
                Some(event) = events.recv() => self.handle(event),
                () = start_is_overdue(self.zygote.as_ref()) => self.give_up_start(),
                _ = trim.tick(), if !self.warm.is_empty() => {
                    self.warm.trim(&self.limits, Instant::now());
                }
            }
        }
        if let Some(zygote) = self.zygote.filter(|zygote| !zygote.ready) {
            // It reads no order before it has imported everything.
            zygote.kill.cancel();
        }
    }

    fn place(&mut self, order: Waiting) {
        let file = match (&order.0.dag_file, &order.0.run_as_user) {
            (Some(file), None) => file.clone(),
            _ => return self.fork_from_zygote(order),
        };
        let (path, dags_folder) = file;
        match self.warm.place(&path, &self.limits, Instant::now()) {
            Place::Warm(server) => {
                server.fork(order.0, order.1);
                self.use_large_pages(&path);
            }
            Place::Wait => {
                if let Err(order) = self.warm.wait(&path, order) {
                    self.fork_from_zygote(order);
                }
            }
            Place::Start => self.start_warm(path, dags_folder, order),
            Place::Zygote => self.fork_from_zygote(order),
        }
    }

    /// Has a process from which many tasks fork do that more quickly, where memory allows.
    fn use_large_pages(&mut self, path: &str) {
        if let Some((server, limit_kb)) = self.warm.for_large_pages(path, &self.limits) {
            server.send(serde_json::json!({"type": "use_large_pages", "limit_kb": limit_kb}));
        }
    }

    fn fork_from_zygote(&mut self, order: Waiting) {
        match self.zygote() {
            Ok(zygote) if zygote.ready => zygote.server.fork(order.0, order.1),
            Ok(zygote) => zygote.waiting.push(order),
            Err(error) => drop(order.1.send(Err(error))),
        }
    }

    fn await_ready(&mut self, reply: oneshot::Sender<Result<(), ForkError>>) {
        match self.zygote() {
            Ok(zygote) if zygote.ready => drop(reply.send(Ok(()))),
            Ok(zygote) => zygote.await_ready.push(reply),
            Err(error) => drop(reply.send(Err(error))),
        }
    }

    /// The zygote, started where there is none.
    fn zygote(&mut self) -> Result<&mut Zygote, ForkError> {
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
    fn give_up_start(&mut self) {
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

    fn connect(&self, id: u64, stream: UnixStream, lifeline: Option<OwnedFd>) -> ForkServer {
        let events = self.events.clone();
        let connection = Connection::new(stream, lifeline, self.reports.clone(), move |event| {
            // The nursery is gone: so is the interest in events.
            let _ = events.send(Event::Server(id, event));
        });
        connection.attend(&self.tasks)
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn start_warm(&mut self, path: String, dags_folder: String, order: Waiting) {
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

    fn handle(&mut self, event: Event) {
        match event {
            Event::WarmForked {
                id,
                path,
                dags_folder,
                result,
            } => {
                if let Err(error) = self.warm_forked(id, &path, &dags_folder, result) {
                    tracing::warn!(dag_file = path, %error, "cannot start a warm DAG process");
                    self.fork_all_from_zygote(id, None);
                }
            }
            Event::Server(id, event) => {
                if self.zygote.as_ref().is_some_and(|zygote| zygote.id == id) {
                    self.zygote_event(event);
                } else {
                    self.warm_event(id, event);
                }
            }
        }
    }

    fn zygote_event(&mut self, event: ServerEvent) {
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

    fn warm_forked(
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

    fn warm_event(&mut self, id: u64, event: ServerEvent) {
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

    fn fork_all_from_zygote(&mut self, id: u64, files: Option<Vec<String>>) {
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
