//! Why a stored DAG cannot be used.

use updraft_core::timetable::{CronError, TimeZoneError};

/// A serialized DAG that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the text is no serialized DAG")]
    Structure(#[source] serde_json::Error),
    #[error("the serialized DAG has version {found}, only 1 is known")]
    Version { found: String },
    #[error("task {task_id:?} cannot be read")]
    Task {
        task_id: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("task {task_id:?} has the unknown trigger rule {trigger_rule:?}")]
    TriggerRule {
        task_id: String,
        trigger_rule: String,
    },
    #[error("task group {group_id:?} cannot be read")]
    TaskGroup {
        group_id: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("the timetable cannot be used")]
    Timetable(#[source] TimetableError),
    #[error("task {task_id:?} lies on a cycle")]
    Cycle { task_id: String },
}

/// A schedule that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TimetableError {
    #[error("the arguments of {class} have another form than expected")]
    Arguments {
        class: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("the schedule is neither a text nor a duration")]
    UnknownSchedule,
    #[error("the date {text:?} cannot be read")]
    Date {
        text: String,
        #[source]
        source: jiff::Error,
    },
    #[error("the dataset condition has the unknown kind {kind:?}")]
    DatasetCondition { kind: String },
    #[error("the cron expression {expression:?} cannot be read")]
    Cron {
        expression: String,
        #[source]
        source: CronError,
    },
    #[error(transparent)]
    TimeZone(#[from] TimeZoneError),
}
