//! A fork server as its users see it.

use std::os::{fd::OwnedFd, unix::net::UnixStream as StdUnixStream};

use nix::unistd::Pid;
use tokio::sync::{mpsc, oneshot};

use super::child::{Child, ForkSpec};
use crate::protocol::{Loaded, Ready};

#[derive(Debug, thiserror::Error)]
pub(crate) enum ForkError {
    #[error("cannot make the pipes of a child")]
    Descriptors(#[source] std::io::Error),
    #[error("the fork server could not fork: {0}")]
    Refused(String),
    #[error("the fork server ended")]
    ServerGone,
    #[error("the Python process does not start: {0}")]
    ZygoteFailed(String),
}

/// What a fork server's connection tells the nursery.
#[derive(Debug)]
pub(crate) enum ServerEvent {
    Ready(Ready),
    Loaded(Loaded),
    Resized { memory_kb: u64 },
    Gone,
}

/// Orders to one fork server; cheap to clone. Without any clone left the server is retired.
#[derive(Clone, Debug)]
pub(crate) struct ForkServer {
    orders: mpsc::UnboundedSender<Order>,
}

#[derive(Debug)]
pub(super) enum Order {
    Send(serde_json::Value),
    Fork {
        spec: ForkSpec,
        reply: oneshot::Sender<Result<Child, ForkError>>,
    },
    ForkWarm {
        control: StdUnixStream,
        output: OwnedFd,
        reply: oneshot::Sender<Result<WarmFork, ForkError>>,
    },
}

/// A warm process that has just been forked: it is a child, and has a control socket.
#[derive(Debug)]
pub(crate) struct WarmFork {
    pub(crate) pid: Pid,
    /// Kept open as long as the warm process may live.
    pub(crate) lifeline: OwnedFd,
}

impl ForkServer {
    pub(super) fn new(orders: mpsc::UnboundedSender<Order>) -> Self {
        Self { orders }
    }

    /// One that has ended already.
    #[cfg(test)]
    pub(crate) fn unconnected() -> Self {
        Self {
            orders: mpsc::unbounded_channel().0,
        }
    }

    pub(crate) fn send(&self, message: serde_json::Value) {
        // A server that is gone tells so by its event.
        let _ = self.orders.send(Order::Send(message));
    }

    pub(crate) fn fork(&self, spec: ForkSpec, reply: oneshot::Sender<Result<Child, ForkError>>) {
        if let Err(mpsc::error::SendError(Order::Fork { reply, .. })) =
            self.orders.send(Order::Fork { spec, reply })
        {
            let _ = reply.send(Err(ForkError::ServerGone));
        }
    }

    pub(crate) async fn fork_warm(
        &self,
        control: StdUnixStream,
        output: OwnedFd,
    ) -> Result<WarmFork, ForkError> {
        let (reply, answer) = oneshot::channel();
        let order = Order::ForkWarm {
            control,
            output,
            reply,
        };
        self.orders.send(order).map_err(|_| ForkError::ServerGone)?;
        answer.await.map_err(|_| ForkError::ServerGone)?
    }
}
