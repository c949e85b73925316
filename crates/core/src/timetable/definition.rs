//! The kinds of timetable.

use super::{CronSchedule, DatasetCondition, Delta};
use crate::UtcDateTime;

/// A DAG's schedule.
#[derive(Clone, Debug, PartialEq)]
pub enum Timetable {
    /// `schedule=None`: never, external triggers only.
    Null,
    /// `@once`.
    Once,
    /// `@continuous`: as often as one run at a time allows.
    Continuous,
    /// A fixed list of instants, in the order in which the DAG gave them.
    Events {
        event_dates: Vec<UtcDateTime>,
        /// Manual runs belong to an event too, not to the instant of their triggering.
        restrict_to_events: bool,
    },
    /// A run after each interval between two instants of a cron expression.
    CronDataInterval(CronSchedule),
    /// A run at each instant of a cron expression, covering `interval` before it.
    CronTrigger {
        schedule: CronSchedule,
        interval: Delta,
    },
    /// A run after each interval of that length.
    DeltaDataInterval(Delta),
    /// Runs are due when datasets change.
    DatasetTriggered(DatasetCondition),
    /// Runs are due when datasets change, and by another timetable as well.
    DatasetOrTime {
        condition: DatasetCondition,
        inner: Box<Timetable>,
    },
    /// A class of a plugin, which only Python can ask.
    Custom(CustomTimetable),
}

/// A timetable class outside of Airflow's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomTimetable {
    pub import_path: String,
    /// JSON text of its `serialize()`, for its `deserialize()` alone.
    pub data: String,
}

impl Timetable {
    /// The plugin class that decides about runs, where one does.
    pub fn custom(&self) -> Option<&CustomTimetable> {
        match self {
            Self::Custom(custom) => Some(custom),
            Self::DatasetOrTime { inner, .. } => inner.custom(),
            _ => None,
        }
    }

    /// Whether the next run can only be found by the user's Python.
    pub fn needs_python(&self) -> bool {
        self.custom().is_some()
    }

    /// The condition under which changed datasets make a run due.
    pub fn dataset_condition(&self) -> Option<&DatasetCondition> {
        match self {
            Self::DatasetTriggered(condition) | Self::DatasetOrTime { condition, .. } => {
                Some(condition)
            }
            _ => None,
        }
    }

    /// Whether runs recur in time; service level agreements are checked for those only.
    pub fn is_periodic(&self) -> bool {
        match self {
            Self::Null | Self::Once | Self::Continuous | Self::DatasetTriggered(_) => false,
            Self::DatasetOrTime { inner, .. } => inner.is_periodic(),
            Self::Events { .. }
            | Self::CronDataInterval(_)
            | Self::CronTrigger { .. }
            | Self::DeltaDataInterval(_)
            | Self::Custom(_) => true,
        }
    }
}
