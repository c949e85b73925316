//! The event loop that plans and applies, and the executors.
//!
//! The loop reads what changed, tells it to the planner's snapshot, applies the plan with guarded
//! updates, observes what became of it, and hands queued task instances to its executor:
//!
//! ```no_run
//! # async fn example(
//! #     parts: updraft_scheduler::Parts,
//! #     drain: tokio_util::sync::CancellationToken,
//! # ) -> Result<(), updraft_scheduler::Error> {
//! use updraft_scheduler::Scheduler;
//!
//! let scheduler = Scheduler::start(parts).await?;
//! scheduler.run(drain).await
//! # }
//! ```
//!
//! **Invariant**: every scheduling rule is in `updraft_core::planner`; here is only what reads and
//! writes. What is cached here may be wrong: each write is guarded, and a refused one makes the
//! loop read the run again.
//!
//! **Invariant**: the loop subscribes before it looks, and looks again without being told: active
//! runs once a second, everything every 30 s.

mod agenda;
mod apply;
mod changes;
mod error;
mod event;
mod executor;
mod input;
mod known;
mod lifecycle;
mod observe;
mod process;
mod reap;
mod scheduler;
mod settings;

pub use error::Error;
pub use event::Event;
pub use executor::{Executor, LocalExecutor};
pub use input::Input;
pub use scheduler::{Parts, Scheduler};
pub use settings::{Host, Intervals, ProcessIdentity, Settings};
