//! What becomes of task instances whose owner is gone. Each rule judges one row by facts about it;
//! the scheduler reads the rows, and writes the verdicts guarded by state, try number and job id.
//!
//! With several schedulers, each judges what it queued itself ([`stuck_in_queued`], [`lost_try`])
//! and, once another one is dead, what that one left ([`orphan`]). Trigger time-outs of deferred
//! task instances will be a rule of the same form.

mod lost_try;
mod orphan;
mod outages;
mod stuck_in_queued;

pub use lost_try::{LostTry, SupervisionFacts, lost_try};
pub use orphan::{Orphan, OrphanFacts, orphan};
pub use outages::Outages;
pub use stuck_in_queued::{Stuck, stuck_in_queued};
