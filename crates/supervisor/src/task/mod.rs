//! One try of a task instance: claim, process, outcome, final state.

mod attempt;
mod begin;
mod conclude;
mod conversation;
mod death;
mod ending;
mod persist;
mod requests;
mod run_task;
mod spooling;
mod stop;
mod store;

pub(crate) use attempt::run;
pub(crate) use persist::{persist, unless_killed};
pub(crate) use run_task::{DagFile, run_task_message};
pub(crate) use stop::Stop;
