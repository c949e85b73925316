//! Domain types and every scheduling rule of Updraft, as pure functions.
//!
//! ```
//! use updraft_core::state::TaskInstanceState;
//!
//! assert!(TaskInstanceState::Skipped.is_finished());
//! assert_eq!(TaskInstanceState::parse(Some("up_for_retry")), Some(TaskInstanceState::UpForRetry));
//! ```
//!
//! **Invariant**: nothing here reads a clock, a file, the network, the environment or a random
//! source; the crate's dependencies make it impossible. Time is an argument.
//!
//! **Invariant**: types here are not wire types. Database rows, serialized DAGs and REST bodies
//! have structs of their own at the edge.

pub mod dag;
mod error_chain;
pub mod failure;
pub mod ids;
pub mod planner;
pub mod priority;
pub mod python;
mod reach;
pub mod run_id;
pub mod state;
pub mod time;
pub mod timetable;

pub use error_chain::error_chain;
pub use ids::{DagId, MapIndex, RunId, TaskId, TaskInstanceKey};
pub use reach::Reach;
pub use time::UtcDateTime;
