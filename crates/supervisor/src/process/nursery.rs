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
use tokio_util::task::TaskTracker;

use super::{
    child::{Child, ForkSpec},
    connection::Connection,
    exit::Exit,
    fork_server::{ForkError, ForkServer, ServerEvent, WarmFork},
    warm::{Place, Waiting, WarmPool},
    warm_limits::WarmLimits,
    zygote::ZygoteOptions,
    zygote_keeping::{Zygote, start_is_overdue},
};

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

pub(super) enum Event {
    Server(u64, ServerEvent),
    WarmForked {
        id: u64,
        path: String,
        dags_folder: String,
        result: Result<(WarmFork, StdUnixStream), ForkError>,
    },
}

pub(super) struct Keeper {
    pub(super) tasks: TaskTracker,
    pub(super) options: ZygoteOptions,
    pub(super) limits: WarmLimits,
    pub(super) events: mpsc::UnboundedSender<Event>,
    reports: broadcast::Sender<(Pid, Exit)>,
    pub(super) zygote: Option<Zygote>,
    pub(super) warm: WarmPool,
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

    pub(super) fn fork_from_zygote(&mut self, order: Waiting) {
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

    pub(super) fn connect(
        &self,
        id: u64,
        stream: UnixStream,
        lifeline: Option<OwnedFd>,
    ) -> ForkServer {
        let events = self.events.clone();
        let connection = Connection::new(stream, lifeline, self.reports.clone(), move |event| {
            // The nursery is gone: so is the interest in events.
            let _ = events.send(Event::Server(id, event));
        });
        connection.attend(&self.tasks)
    }

    pub(super) fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
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
}
