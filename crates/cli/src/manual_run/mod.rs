//! Runs that a person or a task starts.

mod create;
mod first_instances;
mod reset;
mod timetable;

pub(crate) use create::{Created, ManualRuns, NewRun};
pub(crate) use timetable::{Asked, ask, ask_alone};
