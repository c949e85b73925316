//! What becomes of a task instance whose try has failed, and when the next try is due.

use jiff::SignedDuration;
use sha1::{Digest, Sha1};

use crate::{DagId, TaskId, UtcDateTime, dag::RetryPolicy, state::TaskInstanceState};

/// How often [`OnWorkerLoss::Rerun`] grants one task instance another try.
pub const MAX_LOST_TRIES_RERUN: u32 = 3;

/// `[core] max_task_retry_delay` where it is not set.
pub const DEFAULT_MAX_RETRY_DELAY: SignedDuration = SignedDuration::from_hours(24);

/// Why a try ended without success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureCause {
    /// An exception, a time-out or a signal while the task ran.
    Failed,
    /// The task said that another try is no use (`AirflowFailException`), or a sensor's time-out
    /// has passed.
    FailedForGood,
    /// A person cleared the task instance while it ran (state restarting).
    Restarted,
    /// The process, or everything that watched it, is gone. User code may have begun.
    Lost,
}

/// `[updraft] on_worker_loss`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnWorkerLoss {
    /// A lost try gives the task instance one more try, [`MAX_LOST_TRIES_RERUN`] times at most.
    #[default]
    Rerun,
    /// A lost try is a failed try, as in Airflow.
    Fail,
}

/// Everything that decides about the state after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureFacts {
    pub cause: FailureCause,
    /// The task's `retries`; `None` where its definition cannot be had.
    pub retries: Option<u32>,
    /// The try that has ended: 1 is the first.
    pub try_number: i32,
    pub max_tries: i32,
    /// Tries of this task instance that were lost before and run again for that reason.
    pub lost_tries_rerun: u32,
    pub on_worker_loss: OnWorkerLoss,
}

/// What to write after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    UpForRetry { max_tries: i32 },
    Failed,
}

impl AfterFailure {
    pub fn state(self) -> TaskInstanceState {
        match self {
            Self::UpForRetry { .. } => TaskInstanceState::UpForRetry,
            Self::Failed => TaskInstanceState::Failed,
        }
    }
}

/// The state after a failure. A lost try never starts again under its own number: its successor
/// has the next one, and `max_tries` grows with it so that the task's own retries stay untouched.
pub fn on_failure(facts: FailureFacts) -> AfterFailure {
    let again = AfterFailure::UpForRetry {
        max_tries: facts.max_tries,
    };
    let tries_left = facts.try_number <= facts.max_tries;
    match facts.cause {
        FailureCause::FailedForGood => return AfterFailure::Failed,
        FailureCause::Restarted => return again,
        FailureCause::Lost
            if facts.on_worker_loss == OnWorkerLoss::Rerun
                && facts.lost_tries_rerun < MAX_LOST_TRIES_RERUN =>
        {
            return AfterFailure::UpForRetry {
                max_tries: facts.max_tries.saturating_add(1),
            };
        }
        FailureCause::Lost | FailureCause::Failed => {}
    }
    // Clearing raises max_tries of a task without retries as well, so its retries are asked too.
    if tries_left && facts.retries != Some(0) {
        again
    } else {
        AfterFailure::Failed
    }
}

/// The identity of a try as the exponential back-off spreads it.
#[derive(Clone, Copy, Debug)]
pub struct RetryIdentity<'a> {
    pub dag_id: &'a DagId,
    pub task_id: &'a TaskId,
    pub execution_date: UtcDateTime,
    /// The try that has ended.
    pub try_number: i32,
}

impl RetryPolicy {
    /// How long after the end of a failed try the next one is due. `longest` is
    /// `[core] max_task_retry_delay`, which bounds the exponential back-off only.
    pub fn next_retry_delay(
        &self,
        of: RetryIdentity<'_>,
        longest: SignedDuration,
    ) -> SignedDuration {
        if !self.retry_exponential_backoff {
            return self.retry_delay;
        }
        let delay = self.exponential_delay(of, longest);
        match self.max_retry_delay {
            Some(bound) if !bound.is_zero() => delay.min(bound),
            _ => delay,
        }
    }

    /// Between one and two times `retry_delay * 2 ^ (try_number - 1)`, in whole seconds. The point
    /// in that range comes from a hash, so that tries which failed together do not retry together.
    fn exponential_delay(&self, of: RetryIdentity<'_>, longest: SignedDuration) -> SignedDuration {
        let doubled = self.retry_delay.as_secs_f64() * 2_f64.powi(of.try_number.saturating_sub(1));
        let least = doubled.ceil().max(1.0);
        if least >= longest.as_secs_f64() {
            return longest;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number from 1 up to the longest delay, both checked above"
        )]
        let least = least as u64;
        let seconds = least.saturating_add(hash_modulo(of, least));
        let delay = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        delay.min(longest)
    }
}

/// The SHA-1 of the try's identity, a 160 bit number, modulo `divisor`, which is not 0.
fn hash_modulo(of: RetryIdentity<'_>, divisor: u64) -> u64 {
    let identity = format!(
        "{}#{}#{}#{}",
        of.dag_id,
        of.task_id,
        of.execution_date.python_str(),
        of.try_number
    );
    let divisor = u128::from(divisor);
    let remainder = Sha1::digest(identity.as_bytes())
        .iter()
        .fold(0_u128, |rest, byte| {
            (rest * 256 + u128::from(*byte)) % divisor
        });
    u64::try_from(remainder).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const FACTS: FailureFacts = FailureFacts {
        cause: FailureCause::Failed,
        retries: Some(2),
        try_number: 1,
        max_tries: 2,
        lost_tries_rerun: 0,
        on_worker_loss: OnWorkerLoss::Rerun,
    };

    fn retry(max_tries: i32) -> AfterFailure {
        AfterFailure::UpForRetry { max_tries }
    }

    #[rstest]
    #[case::a_try_is_left(FACTS, retry(2))]
    #[case::last_but_one(FailureFacts { try_number: 2, ..FACTS }, retry(2))]
    #[case::last(FailureFacts { try_number: 3, ..FACTS }, AfterFailure::Failed)]
    #[case::no_retries(FailureFacts { retries: Some(0), max_tries: 1, ..FACTS }, AfterFailure::Failed)]
    #[case::unknown_task(FailureFacts { retries: None, max_tries: 1, ..FACTS }, retry(1))]
    #[case::for_good(FailureFacts { cause: FailureCause::FailedForGood, ..FACTS }, AfterFailure::Failed)]
    #[case::restarted(
        FailureFacts { cause: FailureCause::Restarted, retries: Some(0), try_number: 9, ..FACTS },
        retry(2)
    )]
    #[case::lost(FailureFacts { cause: FailureCause::Lost, ..FACTS }, retry(3))]
    #[case::lost_without_retries(
        FailureFacts { cause: FailureCause::Lost, retries: Some(0), max_tries: 0, ..FACTS },
        retry(1)
    )]
    #[case::lost_too_often(
        FailureFacts { cause: FailureCause::Lost, lost_tries_rerun: 3, try_number: 6, max_tries: 5, ..FACTS },
        AfterFailure::Failed
    )]
    #[case::lost_under_airflows_rule(
        FailureFacts { cause: FailureCause::Lost, on_worker_loss: OnWorkerLoss::Fail, try_number: 3, ..FACTS },
        AfterFailure::Failed
    )]
    #[case::lost_with_a_retry_left_under_airflows_rule(
        FailureFacts { cause: FailureCause::Lost, on_worker_loss: OnWorkerLoss::Fail, ..FACTS },
        retry(2)
    )]
    fn decides(#[case] facts: FailureFacts, #[case] expected: AfterFailure) {
        assert_eq!(on_failure(facts), expected);
    }

    #[test]
    fn reruns_of_lost_tries_end() {
        let mut facts = FailureFacts {
            cause: FailureCause::Lost,
            retries: Some(0),
            max_tries: 0,
            ..FACTS
        };
        let mut tries = 1;
        while let AfterFailure::UpForRetry { max_tries } = on_failure(facts) {
            tries += 1;
            facts = FailureFacts {
                try_number: facts.try_number + 1,
                max_tries,
                lost_tries_rerun: facts.lost_tries_rerun + 1,
                ..facts
            };
        }
        assert_eq!(tries, 4);
    }

    #[test]
    fn retry_delays_are_airflows() {
        let table = include_str!("../tests/vectors/retry-delay-vectors.csv");
        let mut checked = 0;
        for line in table.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let [
                dag_id,
                task_id,
                date,
                try_number,
                delay,
                exponential,
                max_delay,
                expected,
            ] = cells[..]
            else {
                panic!("{line}");
            };
            let seconds = |text: &str| SignedDuration::from_secs_f64(text.parse().unwrap());
            let policy = RetryPolicy {
                retries: 1,
                retry_delay: seconds(delay),
                retry_exponential_backoff: exponential == "True",
                max_retry_delay: (!max_delay.is_empty()).then(|| seconds(max_delay)),
            };
            let found = policy.next_retry_delay(
                RetryIdentity {
                    dag_id: &dag_id.into(),
                    task_id: &task_id.into(),
                    execution_date: date.parse().unwrap(),
                    try_number: try_number.parse().unwrap(),
                },
                DEFAULT_MAX_RETRY_DELAY,
            );
            assert_eq!(found, seconds(expected), "{line}");
            checked += 1;
        }
        assert_eq!(checked, 56);
    }
}
