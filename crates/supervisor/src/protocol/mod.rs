//! The child protocol (docs/child-protocol.md): frames, and file descriptors that travel with them.

mod channel;
mod descriptors;
mod frame;
mod message;

pub(crate) use channel::Channel;
pub(crate) use descriptors::send_with_descriptors;
pub(crate) use frame::{Frame, FrameError};
pub(crate) use message::{
    ChildMessage, ForkServerMessage, Forked, Loaded, Outcome, Ready, Reported, XComPart, split,
};

/// Version of the protocol; the Python side holds the same number.
pub(crate) const PROTOCOL_VERSION: u32 = 1;
