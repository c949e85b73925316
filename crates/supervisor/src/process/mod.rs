//! Processes: the fork servers and what they fork.

mod child;
mod connection;
mod ends;
mod exit;
mod fingerprint;
mod fork_server;
mod nursery;
mod orphan;
mod signal;
mod tag;
mod warm;
mod warm_keeping;
mod warm_limits;
mod zygote;
mod zygote_keeping;

pub(crate) use child::{Child, ForkSpec, Role};
pub(crate) use exit::Exit;
pub(crate) use fork_server::ForkError;
pub(crate) use nursery::Nursery;
pub(crate) use signal::{kill_group, terminate_group};
pub(crate) use tag::kill_tagged;
pub use warm_limits::WarmLimits;
pub(crate) use zygote::ZygoteOptions;
