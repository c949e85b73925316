//! Nothing is lost, doubled or stuck, whatever is killed.

mod callbacks;
mod frozen;
mod invariants;
mod killed;
mod outage;
pub(crate) mod site;
mod spooled;
pub(crate) mod standalone;
mod stopped;
mod trace;
mod zygote;
