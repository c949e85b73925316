//! The data interval of a run that a person or another DAG starts.

use super::{DataInterval, Timetable};
use crate::UtcDateTime;

impl Timetable {
    /// The interval of a run triggered for the instant `run_after` without one of its own.
    /// `None` where the schedule never fires, and where only Python knows.
    pub fn infer_manual_data_interval(&self, run_after: UtcDateTime) -> Option<DataInterval> {
        match self {
            Self::Custom(_) => None,
            Self::DatasetOrTime { inner, .. } => inner.infer_manual_data_interval(run_after),
            Self::Null | Self::Once | Self::Continuous | Self::DatasetTriggered(_) => {
                Some(DataInterval::exact(run_after))
            }
            Self::Events {
                event_dates,
                restrict_to_events,
            } => Some(DataInterval::exact(if *restrict_to_events {
                newest_event(event_dates, run_after)
            } else {
                run_after
            })),
            Self::CronDataInterval(schedule) => {
                let end = schedule.align_prev(run_after)?;
                let start = schedule.prev(end)?;
                Some(DataInterval { start, end })
            }
            Self::CronTrigger {
                interval: delta, ..
            }
            | Self::DeltaDataInterval(delta) => Some(DataInterval {
                start: delta.subtract_from(run_after)?,
                end: run_after,
            }),
        }
    }
}

/// The last event at or before the instant, the first event where all lie ahead, and the instant
/// itself where there are none.
fn newest_event(event_dates: &[UtcDateTime], instant: UtcDateTime) -> UtcDateTime {
    event_dates
        .iter()
        .rev()
        .find(|&&event| event <= instant)
        .or(event_dates.first())
        .copied()
        .unwrap_or(instant)
}
