//! What a timetable answers.

use crate::UtcDateTime;

/// The span of data that a run is about, `[start, end]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataInterval {
    pub start: UtcDateTime,
    pub end: UtcDateTime,
}

impl DataInterval {
    /// The empty interval at one instant.
    pub fn exact(at: UtcDateTime) -> Self {
        Self { start: at, end: at }
    }
}

/// The next run of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextDagRun {
    /// The run may be created from this instant on (`dag.next_dagrun_create_after`).
    pub run_after: UtcDateTime,
    pub data_interval: DataInterval,
}

impl NextDagRun {
    /// A run at the end of its interval.
    pub fn interval(start: UtcDateTime, end: UtcDateTime) -> Self {
        Self {
            run_after: end,
            data_interval: DataInterval { start, end },
        }
    }

    /// A run about one instant, at that instant.
    pub fn exact(at: UtcDateTime) -> Self {
        Self::interval(at, at)
    }

    /// `dag_run.execution_date`.
    pub fn logical_date(&self) -> UtcDateTime {
        self.data_interval.start
    }
}
