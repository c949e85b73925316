//! Task instances as people handle them: found by DAG, date and state, and cleared.

mod clear;
mod clear_rows;
mod find;

pub use clear::{ClearedRuns, TaskDefinition, clear};
pub use find::{Found, Selection, find};
