//! The supervisor's end of a fork server's control socket.

use std::{
    collections::HashMap,
    os::fd::{AsFd, OwnedFd},
};

use nix::unistd::Pid;
use tokio::{
    net::{UnixStream, unix::pipe},
    sync::{broadcast, mpsc, oneshot},
};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{
    child::{Child, ForkSpec, Role},
    ends::Ends,
    exit::Exit,
    fork_server::{ForkError, ForkServer, Order, ServerEvent, WarmFork},
    orphan,
};
use crate::protocol::{Channel, ForkServerMessage, Forked, Frame, send_with_descriptors};

/// A fork that the server has not confirmed yet.
enum Forking {
    Child {
        parts: Box<ChildParts>,
        reply: oneshot::Sender<Result<Child, ForkError>>,
    },
    Warm {
        lifeline: OwnedFd,
        reply: oneshot::Sender<Result<WarmFork, ForkError>>,
    },
}

struct ChildParts {
    tag: Uuid,
    channel: Channel,
    output: pipe::Receiver,
    lifeline: OwnedFd,
}

struct Running {
    pid: Pid,
    exited: oneshot::Sender<Exit>,
}

/// The control socket of a fork server.
pub(crate) struct Connection {
    channel: Channel,
    _lifeline: Option<OwnedFd>,
    reports: broadcast::Sender<(Pid, Exit)>,
    forking: HashMap<String, Forking>,
    running: HashMap<String, Running>,
    events: Box<dyn Fn(ServerEvent) + Send + Sync>,
}

impl Connection {
    /// `events` are for the nursery. `lifeline` is that of a warm process: its end would end the
    /// process.
    pub(crate) fn new(
        stream: UnixStream,
        lifeline: Option<OwnedFd>,
        reports: broadcast::Sender<(Pid, Exit)>,
        events: impl Fn(ServerEvent) + Send + Sync + 'static,
    ) -> Self {
        Self {
            channel: Channel::new(stream),
            _lifeline: lifeline,
            reports,
            forking: HashMap::new(),
            running: HashMap::new(),
            events: Box::new(events),
        }
    }

    /// Drives the socket until the server ends, and watches the children that it leaves behind.
    pub(crate) fn attend(self, tasks: &TaskTracker) -> ForkServer {
        let (orders, receiver) = mpsc::unbounded_channel();
        tasks.spawn(self.run(receiver, tasks.clone()));
        ForkServer::new(orders)
    }

    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>, tasks: TaskTracker) {
        let mut accepting = true;
        loop {
            tokio::select! {
                order = orders.recv(), if accepting => {
                    if let Some(order) = order {
                        self.obey(order).await;
                    } else {
                        // The server ends after its last child; until then it reports ends.
                        accepting = false;
                        self.tell(&serde_json::json!({"type": "retire"})).await;
                    }
                }
                frame = self.channel.receive() => match frame {
                    Some(Ok(frame)) => self.hear(&frame),
                    // It ended with a message unread. What that means is said where its end is seen.
                    Some(Err(error)) if error.is_reset() => break,
                    Some(Err(error)) => {
                        tracing::warn!(%error, "lost a fork server");
                        break;
                    }
                    None => break,
                },
            }
        }
        self.end(&tasks);
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Send(message) => self.tell(&message).await,
            Order::Fork { spec, reply } => {
                if let Err((error, reply)) = self.fork(spec, reply).await {
                    let _ = reply.send(Err(error));
                }
            }
            Order::ForkWarm {
                control,
                output,
                reply,
            } => match std::io::pipe() {
                Ok((read, write)) => {
                    let name = Uuid::new_v4().to_string();
                    let envelope = fork_message(&name, Role::Warm, None);
                    let descriptors = [control.as_fd(), output.as_fd(), read.as_fd()];
                    let lifeline = write.into();
                    self.forking.insert(name, Forking::Warm { lifeline, reply });
                    self.transmit(&envelope, &descriptors).await;
                }
                Err(error) => {
                    let _ = reply.send(Err(ForkError::Descriptors(error)));
                }
            },
        }
    }

    async fn fork(
        &mut self,
        spec: ForkSpec,
        reply: oneshot::Sender<Result<Child, ForkError>>,
    ) -> Result<(), (ForkError, oneshot::Sender<Result<Child, ForkError>>)> {
        let ends = match Ends::new() {
            Ok(ends) => ends,
            Err(error) => return Err((ForkError::Descriptors(error), reply)),
        };
        let tag = Uuid::new_v4();
        let name = tag.to_string();
        let user = spec.run_as_user.as_deref();
        let envelope = fork_message(&name, spec.role, user);
        let descriptors = [
            ends.child_channel.as_fd(),
            ends.child_output.as_fd(),
            ends.child_lifeline.as_fd(),
        ];
        let parts = Box::new(ChildParts {
            tag,
            channel: Channel::new(ends.channel),
            output: ends.output,
            lifeline: ends.lifeline,
        });
        self.forking.insert(name, Forking::Child { parts, reply });
        self.transmit(&envelope, &descriptors).await;
        Ok(())
    }

    async fn tell(&self, message: &serde_json::Value) {
        self.transmit(message, &[]).await;
    }

    async fn transmit(
        &self,
        message: &serde_json::Value,
        descriptors: &[std::os::fd::BorrowedFd<'_>],
    ) {
        // The end of the stream follows and answers whoever waits.
        if let Err(error) = send_with_descriptors(self.channel.stream(), message, descriptors).await
        {
            tracing::debug!(%error, "cannot write to a fork server");
        }
    }

    fn hear(&mut self, frame: &Frame) {
        let message = match serde_json::from_slice(&frame.envelope) {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!(%error, "a fork server sent what is no message");
                return;
            }
        };
        match message {
            ForkServerMessage::Ready(ready) => (self.events)(ServerEvent::Ready(ready)),
            ForkServerMessage::Loaded(loaded) => (self.events)(ServerEvent::Loaded(loaded)),
            ForkServerMessage::Resized { rss_kb } => {
                (self.events)(ServerEvent::Resized { memory_kb: rss_kb });
            }
            ForkServerMessage::Forked(forked) => self.forked(forked),
            ForkServerMessage::ForkFailed { child, error } => {
                let error = ForkError::Refused(error);
                match self.forking.remove(&child) {
                    Some(Forking::Child { reply, .. }) => drop(reply.send(Err(error))),
                    Some(Forking::Warm { reply, .. }) => drop(reply.send(Err(error))),
                    None => {}
                }
            }
            ForkServerMessage::Exited {
                child,
                pid,
                code,
                signal,
                used,
            } => {
                let exit = Exit {
                    code,
                    signal,
                    used: Some(used),
                };
                match child.and_then(|child| self.running.remove(&child)) {
                    Some(running) => drop(running.exited.send(exit)),
                    None => drop(self.reports.send((Pid::from_raw(pid), exit))),
                }
            }
            ForkServerMessage::Unknown => {}
        }
    }

    fn forked(&mut self, forked: Forked) {
        let pid = Pid::from_raw(forked.pid);
        match self.forking.remove(&forked.child) {
            Some(Forking::Child { parts, reply }) => {
                let (exited, receiver) = oneshot::channel();
                self.running.insert(forked.child, Running { pid, exited });
                let child = Child {
                    pid,
                    tag: parts.tag,
                    channel: parts.channel,
                    output: Some(parts.output),
                    exited: receiver,
                    lifeline: parts.lifeline,
                };
                // Whoever asked has gone: dropping the child ends it.
                let _ = reply.send(Ok(child));
            }
            Some(Forking::Warm { lifeline, reply }) => {
                let _ = reply.send(Ok(WarmFork { pid, lifeline }));
            }
            None => {}
        }
    }

    /// The server is gone, but its children live: their ends are watched one by one.
    fn end(mut self, tasks: &TaskTracker) {
        for (_, forking) in self.forking.drain() {
            match forking {
                Forking::Child { reply, .. } => drop(reply.send(Err(ForkError::ServerGone))),
                Forking::Warm { reply, .. } => drop(reply.send(Err(ForkError::ServerGone))),
            }
        }
        for (_, running) in self.running.drain() {
            let reports = self.reports.subscribe();
            tasks.spawn(async move {
                let exit = orphan::wait(running.pid, reports).await;
                let _ = running.exited.send(exit);
            });
        }
        (self.events)(ServerEvent::Gone);
    }
}

fn fork_message(tag: &str, role: Role, run_as_user: Option<&str>) -> serde_json::Value {
    serde_json::json!({
        "type": "fork",
        "child": tag,
        "role": role.name(),
        "tag": tag,
        "run_as_user": run_as_user,
        "fds": ["channel", "output", "lifeline"],
    })
}
