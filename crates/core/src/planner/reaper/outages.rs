//! When the scheduler itself could not reach the database.

use std::collections::VecDeque;

use jiff::SignedDuration;

use crate::UtcDateTime;

/// Spans of time in which nobody's heartbeat could have been seen, so that silence then means
/// nothing. Spans that ended before [`Self::forget_before`] are dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outages {
    /// In order, without overlap.
    ended: VecDeque<(UtcDateTime, UtcDateTime)>,
    since: Option<UtcDateTime>,
}

impl Outages {
    /// The database could not be reached.
    pub fn unreachable(&mut self, at: UtcDateTime) {
        self.since.get_or_insert(at);
    }

    /// The database answered.
    pub fn reachable(&mut self, at: UtcDateTime) {
        if let Some(since) = self.since.take() {
            self.ended.push_back((since, at));
        }
    }

    pub fn forget_before(&mut self, at: UtcDateTime) {
        while self.ended.front().is_some_and(|(_, end)| *end < at) {
            self.ended.pop_front();
        }
    }

    /// How much of the time from `since` to `now` a sign of life could have been seen in.
    pub fn observed(&self, since: UtcDateTime, now: UtcDateTime) -> SignedDuration {
        let open = self.since.map(|start| (start, now));
        let blind: SignedDuration = self
            .ended
            .iter()
            .copied()
            .chain(open)
            .map(|(start, end)| end.min(now).since(start.max(since)))
            .filter(SignedDuration::is_positive)
            .sum();
        now.since(since).saturating_sub(blind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> UtcDateTime {
        UtcDateTime::from_micros(second * 1_000_000).unwrap()
    }

    #[test]
    fn only_time_with_a_database_counts() {
        let mut outages = Outages::default();
        outages.unreachable(at(10));
        outages.unreachable(at(12));
        outages.reachable(at(20));
        outages.reachable(at(22));
        outages.unreachable(at(30));
        let observed = |since, now| outages.observed(at(since), at(now)).as_secs();
        assert_eq!(observed(0, 10), 10);
        assert_eq!(observed(0, 25), 15);
        assert_eq!(observed(15, 25), 5);
        assert_eq!(observed(0, 40), 20);
        assert_eq!(observed(35, 40), 0);
    }

    #[test]
    fn old_outages_are_forgotten() {
        let mut outages = Outages::default();
        outages.unreachable(at(10));
        outages.reachable(at(20));
        outages.forget_before(at(20));
        assert_eq!(outages.observed(at(0), at(30)).as_secs(), 20);
        outages.forget_before(at(21));
        assert_eq!(outages, Outages::default());
    }
}
