//! A cron expression in a time zone.

use jiff::{civil::DateTime, tz::TimeZone};

use super::{CronError, CronExpression};
use crate::{
    UtcDateTime,
    timetable::time_zone::{TimeZoneError, named_time_zone},
};

/// A cron expression evaluated on a time zone's wall clock.
///
/// A wall clock time that the zone skips stands for the instant as far behind the gap, and one that
/// it repeats for the second occurrence. A schedule that fires in every hour goes through the
/// repeated hour twice instead: the distance on the wall clock is added to the instant.
#[derive(Clone, Debug, PartialEq)]
pub struct CronSchedule {
    expression: CronExpression,
    time_zone: TimeZone,
}

/// A cron schedule that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CronScheduleError {
    #[error(transparent)]
    Expression(#[from] CronError),
    #[error(transparent)]
    TimeZone(#[from] TimeZoneError),
}

impl CronSchedule {
    pub fn new(expression: CronExpression, time_zone: TimeZone) -> Self {
        Self {
            expression,
            time_zone,
        }
    }

    /// From the text of the expression (or preset) and the IANA name of the zone.
    pub fn parse(expression: &str, time_zone: &str) -> Result<Self, CronScheduleError> {
        Ok(Self::new(expression.parse()?, named_time_zone(time_zone)?))
    }

    pub fn expression(&self) -> &CronExpression {
        &self.expression
    }

    /// The first scheduled instant after another; `None` where there is none for 50 years.
    pub fn next(&self, after: UtcDateTime) -> Option<UtcDateTime> {
        let local = self.time_zone.to_datetime(after.timestamp());
        self.resolve(after, local, self.expression.next(local)?)
    }

    /// The last scheduled instant before another; `None` where there is none for 50 years.
    pub fn prev(&self, before: UtcDateTime) -> Option<UtcDateTime> {
        let local = self.time_zone.to_datetime(before.timestamp());
        self.resolve(before, local, self.expression.prev(local)?)
    }

    /// The instant itself where it is scheduled, else the next one that is.
    pub fn align_next(&self, instant: UtcDateTime) -> Option<UtcDateTime> {
        let next = self.next(instant)?;
        let is_scheduled = self.prev(next)? == instant;
        Some(if is_scheduled { instant } else { next })
    }

    /// The instant itself where it is scheduled, else the last one that was.
    pub fn align_prev(&self, instant: UtcDateTime) -> Option<UtcDateTime> {
        let prev = self.prev(instant)?;
        let is_scheduled = self.next(prev)? == instant;
        Some(if is_scheduled { instant } else { prev })
    }

    fn resolve(
        &self,
        instant: UtcDateTime,
        local: DateTime,
        scheduled: DateTime,
    ) -> Option<UtcDateTime> {
        if self.expression.covers_every_hour() {
            return Some(instant.saturating_add(scheduled.duration_since(local)));
        }
        self.time_zone
            .to_ambiguous_timestamp(scheduled)
            .later()
            .ok()
            .map(UtcDateTime::from)
    }
}
