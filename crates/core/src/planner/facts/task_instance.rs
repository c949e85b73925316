//! A row of `task_instance`.

use crate::{MapIndex, UtcDateTime, state::TaskInstanceState};

/// The columns of a `task_instance` row that scheduling depends on.
///
/// Deferral will add `trigger_timeout`.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskInstance {
    pub map_index: MapIndex,
    pub state: TaskInstanceState,
    pub try_number: i32,
    pub max_tries: i32,
    pub start_date: Option<UtcDateTime>,
    pub end_date: Option<UtcDateTime>,
    pub pool: String,
    pub pool_slots: i32,
    pub priority_weight: i32,
    pub queue: String,
    pub executor: Option<String>,
    pub queued_by_job_id: Option<i32>,
    pub job_id: Option<i32>,
    pub queued_dttm: Option<UtcDateTime>,
    /// Of the newest row in `task_reschedule`, where the state is `up_for_reschedule`.
    pub reschedule_date: Option<UtcDateTime>,
}
