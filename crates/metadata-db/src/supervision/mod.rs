//! Queries of the supervisor: claims, heartbeats, final states, leases and lost tries.
//!
//! **Invariant**: after the claim every write about a task instance is guarded by (state,
//! `try_number`, `job_id`): `job_id` is the fencing token, made by the claim.

mod callback;
mod claim;
mod claim_postgres;
pub(crate) mod columns;
mod finish;
mod finish_postgres;
mod heartbeat;
mod lease;
mod load;
mod lost;
mod output;
mod prune;
mod record;
mod skip;
mod try_key;
mod xcom;

pub use callback::{
    Callback, CallbackKind, CallbackTerms, adopt_callbacks, callbacks_wait, delete_callback,
    give_up_callbacks, return_callback, store_callback,
};
pub use claim::{Claim, ClaimRun, Claimed, claim, claim_now, load_claim_run, release_claim};
pub use columns::{DagRunColumns, TaskInstanceColumns};
pub use finish::{
    Finished, ProcessEnd, TryCallback, TryEnd, finish, finish_now, is_ended, is_known,
};
pub use heartbeat::{TakenAway, heartbeat, limit_locks, taken_away};
pub use lease::{Lease, RunningLease, end_lease, renew_lease, running_leases, take_lease};
pub use load::load_try;
pub use lost::{LostTry, dag_file, end_lost_try, live_tries};
pub use output::{TaskMapRow, store_rendered_fields};
pub use prune::{prune_leases, prune_tries};
pub use skip::skip_tasks;
pub use try_key::TryKey;
pub use xcom::{XComValue, set_xcom, set_xcom_of_ended};
