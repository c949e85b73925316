//! Timetables: when a DAG's runs are due and which data interval each covers.
//!
//! ```
//! use updraft_core::{
//!     UtcDateTime,
//!     timetable::{CronSchedule, TimeRestriction, Timetable},
//! };
//!
//! let at = |text: &str| text.parse::<UtcDateTime>();
//! let timetable = Timetable::CronDataInterval(CronSchedule::parse("@daily", "UTC")?);
//! let restriction = TimeRestriction {
//!     earliest: Some(at("2024-01-01T00:00:00Z")?),
//!     latest: None,
//!     catchup: true,
//! };
//! let next = timetable.next_dagrun_info(None, restriction, at("2024-01-10T12:00:00Z")?);
//! let next = next.expect("a daily schedule has a next run");
//! assert_eq!(next.logical_date(), at("2024-01-01T00:00:00Z")?);
//! assert_eq!(next.run_after, at("2024-01-02T00:00:00Z")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! How the schedules of later parts fit in:
//! - *datasets*: [`DatasetCondition`] is the whole rule; whether it is met depends on rows of
//!   `dataset_dag_run_queue`, which the snapshot holds.
//! - *plugin timetables*: [`Timetable::needs_python`] makes the planner emit `Evaluate` and leave
//!   the DAG until the answer is in the snapshot.
//! - *backfill*: walks [`Timetable::next_dagrun_info`] with a restriction of its own.

pub mod cron;
mod dataset_condition;
mod definition;
mod delta;
mod interval;
mod manual;
mod next;
mod relative_delta;
mod restriction;
#[cfg(test)]
mod tests;
mod time_zone;

pub use cron::{CronError, CronExpression, CronSchedule, CronScheduleError};
pub use dataset_condition::DatasetCondition;
pub use definition::{CustomTimetable, Timetable};
pub use delta::Delta;
pub use interval::{DataInterval, NextDagRun};
pub use relative_delta::RelativeDelta;
pub use restriction::TimeRestriction;
pub use time_zone::{TimeZoneError, fixed_time_zone, named_time_zone};
