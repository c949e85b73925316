//! The scheduler's rules as one pure function: [`plan`] looks at a [`Snapshot`] and says what to
//! do; the scheduler does it and observes what became of it.
//!
//! **Invariant**: a plan costs what changed, not what exists. [`Snapshot::observe`] keeps counters
//! of upstream states for each task and marks what must be looked at again.
//!
//! **Invariant**: a plan made after any sequence of observations equals the plan made from a
//! snapshot that was filled at once with the same final facts.

mod cascade;
mod consecutive_failures;
mod create_runs;
mod decide;
mod dependencies;
mod examine;
mod facts;
mod integrity;
mod limits;
mod observation;
mod open_slots;
mod plan;
mod planning;
mod queueing;
pub mod reaper;
mod run_end;
mod run_timeout;
mod scratch;
mod snapshot;
mod start_runs;
#[cfg(test)]
mod tests;

pub use consecutive_failures::should_pause;
pub use facts::{
    DagEntry, NextDagRun, Pool, PoolUsage, PreviousRun, PreviousRuns, Run, RunKey, SkipDecision,
    TaskInstance, Usage,
};
pub use limits::{ExecutorSlots, Limits, Settings};
pub use observation::{Observation, RunState};
pub use plan::{
    Change, CreateRun, Evaluate, Feature, FinishReason, NewInstance, NextDagRunChange,
    NextDagRunUpdate, Notice, Plan, QueueTask, RunFinish, RunPlan, TaskChange,
};
pub use planning::plan;
pub use snapshot::Snapshot;
