//! Task instances that nobody takes from the queue.

use jiff::SignedDuration;

use crate::UtcDateTime;

/// What becomes of a queued task instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// It has waited for too long only then.
    Wait(UtcDateTime),
    /// Back to scheduled, same try number, with a line in `log` that counts.
    Requeue,
    /// Failed. Its try never began, and nothing suggests that another would.
    Fail,
}

/// Judges a task instance queued by this scheduler. `times_before` counts how often this same try
/// went back already; Airflow allows two times.
pub fn stuck_in_queued(
    queued_at: UtcDateTime,
    times_before: u32,
    retries: u32,
    timeout: SignedDuration,
    now: UtcDateTime,
) -> Stuck {
    let until = queued_at.saturating_add(timeout);
    if until > now {
        Stuck::Wait(until)
    } else if times_before < retries {
        Stuck::Requeue
    } else {
        Stuck::Fail
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(599, 0, Stuck::Wait(at(600)))]
    #[case(600, 0, Stuck::Requeue)]
    #[case(600, 1, Stuck::Requeue)]
    #[case(600, 2, Stuck::Fail)]
    fn judges(#[case] now: i64, #[case] before: u32, #[case] expect: Stuck) {
        let timeout = SignedDuration::from_secs(600);
        assert_eq!(stuck_in_queued(at(0), before, 2, timeout, at(now)), expect);
    }

    fn at(second: i64) -> UtcDateTime {
        UtcDateTime::from_micros(second * 1_000_000).unwrap()
    }
}
