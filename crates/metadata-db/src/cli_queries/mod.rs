//! Queries of the command line.

mod census;
mod copy_runs;
mod dags;
mod delete_dag;
mod import_errors;
mod jobs;
mod pause;
mod run_task;
mod runs;
mod serialized;
mod states;
mod trigger;
mod usage;

pub use census::{Census, census};
pub use copy_runs::copy_runs;
pub use dags::{DagRow, dag, dags, tags};
pub use delete_dag::{DagDeletion, delete_dag};
pub use import_errors::{ImportErrorRow, import_errors};
pub use jobs::{JobFilter, JobOrder, JobRow, jobs};
pub use pause::{dags_to_pause, set_paused};
pub use run_task::{QueuedToRun, RunnableRow, end_job, queue_to_run, runnable};
pub use runs::{RunFilter, RunRow, run_at, run_by_id, runs};
pub use serialized::{SerializedRow, delete_serialized, serialized};
pub use states::{StateRow, states};
pub use trigger::{ManualRun, trigger};
pub use usage::{Usage, usage};
