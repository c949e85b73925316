//! The sockets and pipes of a child.

use std::os::{fd::OwnedFd, unix::net::UnixStream as StdUnixStream};

use tokio::net::{UnixStream, unix::pipe};

/// Both ends of everything that connects a child.
pub(super) struct Ends {
    pub(super) channel: UnixStream,
    pub(super) child_channel: StdUnixStream,
    pub(super) output: pipe::Receiver,
    pub(super) child_output: OwnedFd,
    pub(super) lifeline: OwnedFd,
    pub(super) child_lifeline: OwnedFd,
}

impl Ends {
    pub(super) fn new() -> std::io::Result<Self> {
        let (ours, child_channel) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let (output, child_output) = std::io::pipe()?;
        let output = OwnedFd::from(output);
        let (child_lifeline, lifeline) = std::io::pipe()?;
        Ok(Self {
            channel: UnixStream::from_std(ours)?,
            child_channel,
            output: pipe::Receiver::from_owned_fd(output)?,
            child_output: child_output.into(),
            lifeline: lifeline.into(),
            child_lifeline: child_lifeline.into(),
        })
    }
}
