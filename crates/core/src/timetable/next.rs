//! The next scheduled run.

use super::{CronSchedule, DataInterval, Delta, NextDagRun, TimeRestriction, Timetable};
use crate::UtcDateTime;

impl Timetable {
    /// The run after `last_automated` (the interval of the newest run of type scheduled or
    /// backfill), or the first one. `None` where no run follows, where the schedule cannot be
    /// computed (Airflow logs the error and treats it so), and where [`Self::needs_python`].
    pub fn next_dagrun_info(
        &self,
        last_automated: Option<DataInterval>,
        restriction: TimeRestriction,
        now: UtcDateTime,
    ) -> Option<NextDagRun> {
        match self {
            Self::Null | Self::DatasetTriggered(_) | Self::Custom(_) => None,
            Self::DatasetOrTime { inner, .. } => {
                inner.next_dagrun_info(last_automated, restriction, now)
            }
            Self::Once => once(last_automated, restriction),
            Self::Continuous => continuous(last_automated, restriction, now),
            Self::Events { event_dates, .. } => {
                next_event(event_dates, last_automated, restriction, now)
            }
            Self::CronDataInterval(schedule) => {
                next_interval(schedule, last_automated, restriction, now)
            }
            Self::DeltaDataInterval(delta) => {
                next_interval(delta, last_automated, restriction, now)
            }
            Self::CronTrigger { schedule, interval } => {
                let run_after = next_trigger(schedule, last_automated, restriction, now)?;
                let start = interval.subtract_from(run_after)?;
                Some(NextDagRun::interval(start, run_after))
            }
        }
    }
}

fn is_after(instant: UtcDateTime, latest: Option<UtcDateTime>) -> bool {
    latest.is_some_and(|latest| instant > latest)
}

/// At the start date whether or not it lies in the past: `@once` never looks at catch-up.
fn once(last_automated: Option<DataInterval>, restriction: TimeRestriction) -> Option<NextDagRun> {
    if last_automated.is_some() {
        return None;
    }
    let run_after = restriction.earliest?;
    (!is_after(run_after, restriction.latest)).then(|| NextDagRun::exact(run_after))
}

fn continuous(
    last_automated: Option<DataInterval>,
    restriction: TimeRestriction,
    now: UtcDateTime,
) -> Option<NextDagRun> {
    let earliest = restriction.earliest?;
    let (start, end) = match last_automated {
        Some(last) => (last.end, now),
        None => (earliest, earliest.max(now)),
    };
    (!is_after(end, restriction.latest)).then(|| NextDagRun::interval(start, end))
}

fn next_event(
    event_dates: &[UtcDateTime],
    last_automated: Option<DataInterval>,
    restriction: TimeRestriction,
    now: UtcDateTime,
) -> Option<NextDagRun> {
    let earliest = if restriction.catchup {
        restriction.earliest
    } else {
        restriction.earliest.max(Some(now))
    };
    let next = event_dates.iter().copied().find(|&event| {
        earliest.is_none_or(|earliest| event >= earliest)
            && last_automated.is_none_or(|last| event > last.end)
    })?;
    (!is_after(next, restriction.latest)).then(|| NextDagRun::exact(next))
}

/// The instant of the next run of a trigger timetable. Without catch-up, an instant that has just
/// passed still counts.
fn next_trigger(
    schedule: &CronSchedule,
    last_automated: Option<DataInterval>,
    restriction: TimeRestriction,
    now: UtcDateTime,
) -> Option<UtcDateTime> {
    let run_after = if restriction.catchup {
        match last_automated {
            Some(last) => schedule.next(last.end)?,
            None => schedule.align_next(restriction.earliest?)?,
        }
    } else {
        let mut run_after = schedule.align_prev(now)?;
        if let Some(last) = last_automated {
            run_after = run_after.max(schedule.next(last.end)?);
        }
        if let Some(earliest) = restriction.earliest {
            run_after = run_after.max(schedule.align_next(earliest)?);
        }
        run_after
    };
    (!is_after(run_after, restriction.latest)).then_some(run_after)
}

/// A schedule whose intervals follow each other without gaps.
trait Intervals {
    fn following(&self, start: UtcDateTime) -> Option<UtcDateTime>;
    fn align_next(&self, instant: UtcDateTime) -> Option<UtcDateTime>;
    fn align_prev(&self, instant: UtcDateTime) -> Option<UtcDateTime>;
    /// The start of the newest interval that is complete `now`.
    fn newest_complete(&self, now: UtcDateTime) -> Option<UtcDateTime>;
}

impl Intervals for CronSchedule {
    fn following(&self, start: UtcDateTime) -> Option<UtcDateTime> {
        self.next(start)
    }

    fn align_next(&self, instant: UtcDateTime) -> Option<UtcDateTime> {
        CronSchedule::align_next(self, instant)
    }

    fn align_prev(&self, instant: UtcDateTime) -> Option<UtcDateTime> {
        CronSchedule::align_prev(self, instant)
    }

    fn newest_complete(&self, now: UtcDateTime) -> Option<UtcDateTime> {
        let last_start = self.prev(now)?;
        if self.next(last_start)? == now {
            Some(last_start)
        } else {
            self.prev(last_start)
        }
    }
}

impl Intervals for Delta {
    fn following(&self, start: UtcDateTime) -> Option<UtcDateTime> {
        self.add_to(start)
    }

    fn align_next(&self, instant: UtcDateTime) -> Option<UtcDateTime> {
        Some(instant)
    }

    fn align_prev(&self, instant: UtcDateTime) -> Option<UtcDateTime> {
        Some(instant)
    }

    fn newest_complete(&self, now: UtcDateTime) -> Option<UtcDateTime> {
        self.subtract_from(self.floor(now)?)
    }
}

fn next_interval(
    schedule: &impl Intervals,
    last_automated: Option<DataInterval>,
    restriction: TimeRestriction,
    now: UtcDateTime,
) -> Option<NextDagRun> {
    let aligned = match restriction.earliest {
        Some(earliest) => Some(schedule.align_next(earliest)?),
        None => None,
    };
    let first = if restriction.catchup {
        aligned
    } else {
        Some(schedule.newest_complete(now)?).max(aligned)
    };
    let start = match last_automated {
        None => first?,
        // The schedule may have changed since, so its end need not be one of today's instants.
        Some(last) => Some(schedule.align_prev(last.end)?).max(first)?,
    };
    if is_after(start, restriction.latest) {
        return None;
    }
    Some(NextDagRun::interval(start, schedule.following(start)?))
}
