//! Runs that a person or a task starts.

mod create;
mod first_instances;

pub(crate) use create::{Created, ManualRuns, NewRun};
