//! When the database could be reached.

use crate::UtcDateTime;
use jiff::SignedDuration;

/// The outages of the database that this process saw, and the pauses in which it did not run itself.
/// Nobody's sign of life could be seen meanwhile, so such silence is not counted. Neither is what was
/// before its start, which may have come right after an outage.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Closed outages, the oldest first.
    outages: Vec<(UtcDateTime, UtcDateTime)>,
    last_success: UtcDateTime,
    is_out: bool,
    gap: SignedDuration,
}

/// Older outages are behind every threshold.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

impl Reach {
    /// Of a process that reaches the database for the first time. Where it is not heard of for longer
    /// than `gap`, that is an outage, or the process was stopped.
    pub fn since(start: UtcDateTime, gap: SignedDuration) -> Self {
        Self {
            outages: vec![(UtcDateTime::UNIX_EPOCH, start)],
            last_success: start,
            is_out: false,
            gap,
        }
    }

    pub fn succeeded(&mut self, now: UtcDateTime) {
        if let Some(before) = self.open_outage(now) {
            self.outages.push((before, now));
        }
        self.is_out = false;
        self.outages
            .retain(|(_, end)| *end >= now.saturating_sub(KEPT));
        self.last_success = now;
    }

    /// Whether this failure is the first after a success.
    pub fn failed(&mut self) -> bool {
        !std::mem::replace(&mut self.is_out, true)
    }

    /// Whether the last attempt to reach the database failed.
    pub fn is_out(&self) -> bool {
        self.is_out
    }

    /// Whoever was last heard of before this instant has been silent for `threshold`.
    pub fn cutoff(&self, now: UtcDateTime, threshold: SignedDuration) -> UtcDateTime {
        let mut left = threshold;
        let mut at = self.open_outage(now).unwrap_or(now);
        for (start, end) in self.outages.iter().rev() {
            let reached = at.since(*end);
            if reached >= left {
                break;
            }
            left = left.saturating_sub(reached);
            at = *start;
        }
        at.saturating_sub(left)
    }

    /// Since when the database cannot be reached.
    fn open_outage(&self, now: UtcDateTime) -> Option<UtcDateTime> {
        let before = self.last_success;
        (self.is_out || now.since(before) > self.gap).then_some(before)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(seconds: i64) -> UtcDateTime {
        UtcDateTime::UNIX_EPOCH.saturating_add(SignedDuration::from_secs(seconds))
    }

    /// Reached from 0 to 1000, from 2000 to 2400 and from 2500 on.
    fn history() -> Reach {
        let mut reach = Reach::since(at(0), SignedDuration::from_secs(10));
        for second in (0..=1000).step_by(5) {
            reach.succeeded(at(second));
        }
        assert!(reach.failed());
        assert!(!reach.failed());
        for second in (2000..=2400).step_by(5) {
            reach.succeeded(at(second));
        }
        // Here the process was stopped, and nothing failed.
        for second in (2500..=2600).step_by(5) {
            reach.succeeded(at(second));
        }
        reach
    }

    #[rstest]
    #[case::reached_all_the_time(2605, 60, 2545)]
    #[case::one_outage(2600, 300, 2200)]
    #[case::two_outages(2600, 900, 600)]
    #[case::an_outage_that_lasts(9000, 300, 2200)]
    #[case::all_since_the_start(2600, 1500, 0)]
    #[case::longer_than_since_the_start(2600, 1501, -1)]
    fn outages_do_not_count(#[case] now: i64, #[case] threshold: i64, #[case] expected: i64) {
        let cutoff = history().cutoff(at(now), SignedDuration::from_secs(threshold));
        assert_eq!(cutoff, at(expected));
    }
}
