//! Runs user code in Python processes and writes what became of it.
//!
//! ```no_run
//! # async fn example(options: updraft_supervisor::SupervisorOptions, task: updraft_supervisor::TaskRequest) -> Result<(), updraft_supervisor::StartError> {
//! use updraft_supervisor::{Command, Event, Supervisor};
//!
//! let (supervisor, mut events) = Supervisor::start(options).await?;
//! let _ = supervisor.commands.send(Command::RunTask(Box::new(task))).await;
//! while let Some(event) = events.recv().await {
//!     if let Event::TaskFinished(finished) = event {
//!         println!("{} is {:?}", finished.key, finished.state);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! **Invariant**: everything goes through [`Command`] and [`Event`], which are plain data: the
//! supervisor can move into a process of its own.
//!
//! **Invariant**: a try is told to begin only after its claim is committed, and every later write
//! is guarded by the claim's `job_id`. A try that may have begun is never begun again.
//!
//! **Invariant**: a child lives no longer than the supervisor (lifeline), the death of the zygote
//! kills no child, and an outage of the database fails no task.
//!
//! **Invariant**: blobs (XComs, DAG JSON, pickles) are passed on as they came.

mod callback;
mod command;
mod event;
mod fence;
mod handle;
mod heartbeat;
mod host_process;
mod keep_running;
mod lease;
mod lease_file;
mod lost;
mod options;
mod output;
mod parse;
mod pending_callbacks;
mod process;
mod protocol;
mod prune;
mod questions;
mod runtime_files;
mod shared;
mod spool;
mod supervisor;
mod task;
mod task_log;

pub use command::{Command, ParseRequest, TaskRequest};
pub use event::{Event, NotClaimed, ParseEnding, ParseMessage, ParseReport, TaskFinished};
pub use handle::SupervisorHandle;
pub use host_process::{has_ended, process_space, process_start_time};
pub use options::{Host, Limits, LogOptions, Mask, PythonSdk, SupervisorOptions};
pub use process::WarmLimits;
pub use questions::{SecretSources, Trigger, TriggerRequest, Triggered, Unanswered};
pub use runtime_files::{BundledFile, bundled_api};
pub use supervisor::{StartError, Supervisor};
