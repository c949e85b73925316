//! What the planner is told: plain values with public fields, as the database rows say it.

mod dag_entry;
mod pool;
mod previous_runs;
mod run;
mod skip_decision;
mod task_instance;

pub use dag_entry::{DagEntry, NextDagRun};
pub use pool::{Pool, PoolUsage, Usage};
pub use previous_runs::{PreviousRun, PreviousRuns};
pub use run::{Run, RunKey};
pub use skip_decision::SkipDecision;
pub use task_instance::TaskInstance;
