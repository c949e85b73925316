//! Finding the neighbours of an instant.

use jiff::{
    SignedDuration,
    civil::{Date, DateTime, Time},
};

use super::{CronExpression, expression::DayRule, field::Field};

/// Croniter gives up on a match that is further away.
const MAX_YEARS_BETWEEN_MATCHES: i16 = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

impl Direction {
    fn step(self) -> i16 {
        match self {
            Self::Forward => 1,
            Self::Backward => -1,
        }
    }

    /// The day after the date's month, or the one before it.
    fn leave_month(self, date: Date) -> Option<Date> {
        match self {
            Self::Forward => date.last_of_month().tomorrow().ok(),
            Self::Backward => date.first_of_month().yesterday().ok(),
        }
    }

    fn leave_day(self, date: Date) -> Option<Date> {
        match self {
            Self::Forward => date.tomorrow().ok(),
            Self::Backward => date.yesterday().ok(),
        }
    }
}

impl CronExpression {
    /// The first match after the local instant; `None` where the next 50 years have none.
    pub fn next(&self, after: DateTime) -> Option<DateTime> {
        let whole = whole_second(after)?;
        let from = if self.second.is_some() {
            whole.checked_add(SignedDuration::from_secs(1)).ok()?
        } else {
            let minute = whole.with().second(0).build().ok()?;
            minute.checked_add(SignedDuration::from_secs(60)).ok()?
        };
        self.nearest(from, Direction::Forward)
    }

    /// The last match before the local instant; `None` where the 50 years before have none.
    pub fn prev(&self, before: DateTime) -> Option<DateTime> {
        let whole = whole_second(before)?;
        let has_fraction = whole != before;
        let to = if has_fraction {
            whole
        } else {
            whole.checked_sub(SignedDuration::from_secs(1)).ok()?
        };
        self.nearest(to, Direction::Backward)
    }

    fn nearest(&self, bound: DateTime, direction: Direction) -> Option<DateTime> {
        if !self.has_either_day() {
            return self.search(bound, DayRule::Both, direction);
        }
        // Where one of the two columns never matches, croniter finds nothing at all.
        let by_day = self.search(bound, DayRule::OnlyDayOfMonth, direction)?;
        let by_weekday = self.search(bound, DayRule::OnlyDayOfWeek, direction)?;
        Some(match direction {
            Direction::Forward => by_day.min(by_weekday),
            Direction::Backward => by_day.max(by_weekday),
        })
    }

    /// The match nearest to `bound`, itself included.
    fn search(&self, bound: DateTime, rule: DayRule, direction: Direction) -> Option<DateTime> {
        let mut date = bound.date();
        let mut within_day = Some(bound.time());
        loop {
            if (date.year() - bound.year()).abs() > MAX_YEARS_BETWEEN_MATCHES {
                return None;
            }
            let year_allowed = self
                .year
                .as_ref()
                .is_none_or(|years| years.contains(date.year()));
            if !year_allowed || !self.month.contains(i16::from(date.month())) {
                date = direction.leave_month(date)?;
                within_day = None;
                continue;
            }
            if self.allows_day(date, rule)
                && let Some(time) = self.time_of_day(within_day, direction)
            {
                return Some(date.to_datetime(time));
            }
            date = direction.leave_day(date)?;
            within_day = None;
        }
    }

    /// The time nearest to `bound` in a day that matches, or the day's outermost one.
    fn time_of_day(&self, bound: Option<Time>, direction: Direction) -> Option<Time> {
        let outermost = |field: &Field| field.outermost(direction);
        let outermost_second = match &self.second {
            None => 0,
            Some(seconds) => outermost(seconds)?,
        };
        let Some(bound) = bound else {
            let (hour, minute) = (outermost(&self.hour)?, outermost(&self.minute)?);
            return time(hour, minute, outermost_second);
        };
        let start = (
            i16::from(bound.hour()),
            i16::from(bound.minute()),
            i16::from(bound.second()),
        );
        let step = direction.step();
        let (hours, minutes) = (&self.hour, &self.minute);
        if hours.contains(start.0) {
            if minutes.contains(start.1)
                && let Some(second) = self.second_from(start.2, direction)
            {
                return time(start.0, start.1, second);
            }
            if let Some(minute) = minutes.nearest(start.1 + step, direction) {
                return time(start.0, minute, outermost_second);
            }
        }
        let hour = hours.nearest(start.0 + step, direction)?;
        time(hour, outermost(minutes)?, outermost_second)
    }

    fn second_from(&self, from: i16, direction: Direction) -> Option<i16> {
        match (&self.second, direction) {
            (Some(seconds), _) => seconds.nearest(from, direction),
            (None, Direction::Forward) => (from == 0).then_some(0),
            (None, Direction::Backward) => Some(0),
        }
    }
}

fn whole_second(instant: DateTime) -> Option<DateTime> {
    instant.with().subsec_nanosecond(0).build().ok()
}

fn time(hour: i16, minute: i16, second: i16) -> Option<Time> {
    let narrow = |value: i16| i8::try_from(value).ok();
    Time::new(narrow(hour)?, narrow(minute)?, narrow(second)?, 0).ok()
}
