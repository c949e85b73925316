//! The scheduler's rules as one pure function: [`plan`] looks at a [`Snapshot`] and says what to
//! do; the scheduler does it and observes what became of it.
//!
//! ```
//! use updraft_core::{
//!     UtcDateTime,
//!     planner::{Limits, Settings, Snapshot, plan},
//! };
//!
//! let mut snapshot = Snapshot::new(Settings::default());
//! // snapshot.observe(…) for all that was read, then again and again:
//! let plan = plan(&snapshot, &Limits::default(), UtcDateTime::UNIX_EPOCH);
//! snapshot.settle(&plan);
//! // apply the plan with guarded updates, and observe what became of it
//! assert!(plan.is_idle());
//! ```
//!
//! **Invariant**: a plan costs what changed, not what exists. [`Snapshot::observe`] keeps counters
//! of upstream states for each task and marks what must be looked at again.
//!
//! **Invariant**: a plan made after any sequence of observations equals the plan made from a
//! snapshot that was filled at once with the same final facts.
//!
//! **Invariant**: nothing the planner decides relies on the snapshot being right. Each entry of a
//! plan names the state it starts from, so that a stale one is refused and planned again.
//!
//! How the rules of later parts fit in:
//! - *dynamic mapping*: a task already has a list of instances by map index, and counters count
//!   rows. To come: lengths of `task_map` as an observation, an expansion as a [`Change`] decided in
//!   `cascade` before a task is ready, and inside mapped groups the choice of relevant upstream
//!   indexes in front of the trigger rule. Until then such tasks are left alone, with a
//!   [`Notice`], and end the run when nothing else is left to do.
//! - *datasets*: queue rows become part of [`DagEntry`]; a DAG whose condition holds is one more
//!   source of [`CreateRun`], which then names the rows it used up.
//! - *deferral*: `deferred` counts as active and in pools already. Time-outs of triggers join the
//!   due times; a start from a trigger is one more [`Change`].
//! - *DAG callbacks* follow from [`RunFinish`], whose reason is the text they get; *service level
//!   agreements* from examined runs of DAGs whose tasks have one.
//! - *backfill*: its runs are in the snapshot, count against every limit, and are not planned. A
//!   backfill of our own plans its runs with the same `cascade`.
//! - *several schedulers* each have a snapshot and plan over all runs; row locks and guards
//!   decide whose plan is carried out.

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
    NextDagRunUpdate, Notice, Plan, QueueTask, RunFinish, RunPlan, StartRun, TaskChange,
    TaskLimits,
};
pub use planning::plan;
pub use snapshot::Snapshot;
