//! A forked child as the supervisor holds it.

use std::os::fd::OwnedFd;

use nix::unistd::Pid;
use tokio::{net::unix::pipe, sync::oneshot};
use uuid::Uuid;

use super::exit::Exit;
use crate::protocol::Channel;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Task,
    Parse,
    Callback,
    Warm,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Parse => "parse",
            Self::Callback => "callback",
            Self::Warm => "warm",
        }
    }
}

/// What to fork.
#[derive(Debug)]
pub(crate) struct ForkSpec {
    pub(crate) role: Role,
    pub(crate) run_as_user: Option<String>,
    /// The DAG file whose warm process may serve, and its DAG folder.
    pub(crate) dag_file: Option<(String, String)>,
}

/// The child lives at most as long as this value: dropping it closes the lifeline, and the kernel
/// sends SIGTERM to the child's group.
#[derive(Debug)]
pub(crate) struct Child {
    /// Also its process group.
    pub(crate) pid: Pid,
    pub(crate) tag: Uuid,
    pub(crate) channel: Channel,
    /// Taken by whoever reads it.
    pub(crate) output: Option<pipe::Receiver>,
    pub(crate) exited: oneshot::Receiver<Exit>,
    #[expect(dead_code, reason = "held, never read: its end is the message")]
    pub(crate) lifeline: OwnedFd,
}
