//! Running tries that nobody watches any more (Airflow's zombies).

use jiff::SignedDuration;

use super::Outages;
use crate::UtcDateTime;

/// What is known of the supervision of one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupervisionFacts {
    /// The try's row in `job` says `running`.
    pub job_is_running: bool,
    pub latest_heartbeat: Option<UtcDateTime>,
    /// When the try was claimed, which is the first sign of life.
    pub claimed_at: UtcDateTime,
    /// A live process on the host has reported the death of the try's supervisor or child.
    pub death_reported: bool,
    /// The host's leases ended, both in the database and in the broker. Without a broker, the
    /// lease in the database of a host that is this one and whose process is gone.
    pub host_is_gone: bool,
}

/// Whether a try is over without having said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostTry {
    Alive,
    /// It may only be silent: look again then.
    AliveUntil(UtcDateTime),
    /// It is dead: somebody saw it.
    Dead,
    /// Nothing was heard for so long that it is taken for dead. Its own supervisor ends it before
    /// that, as long as it knows the database to be up.
    Silent,
}

/// Judges a running try. A reported death counts at once; silence counts only for the time in which
/// this scheduler could have heard a heartbeat, so that an outage of the database kills nothing.
pub fn lost_try(
    facts: &SupervisionFacts,
    outages: &Outages,
    threshold: SignedDuration,
    now: UtcDateTime,
) -> LostTry {
    if facts.death_reported || facts.host_is_gone || !facts.job_is_running {
        return LostTry::Dead;
    }
    let heard = facts
        .latest_heartbeat
        .map_or(facts.claimed_at, |at| at.max(facts.claimed_at));
    let left = threshold.saturating_sub(outages.observed(heard, now));
    if left.is_positive() {
        LostTry::AliveUntil(now.saturating_add(left))
    } else {
        LostTry::Silent
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(second: i64) -> UtcDateTime {
        UtcDateTime::from_micros(second * 1_000_000).unwrap()
    }

    fn facts(change: impl FnOnce(&mut SupervisionFacts)) -> SupervisionFacts {
        let mut facts = SupervisionFacts {
            job_is_running: true,
            latest_heartbeat: Some(at(100)),
            claimed_at: at(0),
            death_reported: false,
            host_is_gone: false,
        };
        change(&mut facts);
        facts
    }

    #[rstest]
    #[case::heard(facts(|_| ()), 150, LostTry::AliveUntil(at(400)))]
    #[case::silent(facts(|_| ()), 400, LostTry::Silent)]
    #[case::never_heard(facts(|f| f.latest_heartbeat = None), 250, LostTry::AliveUntil(at(300)))]
    #[case::reported(facts(|f| f.death_reported = true), 101, LostTry::Dead)]
    #[case::host(facts(|f| f.host_is_gone = true), 101, LostTry::Dead)]
    #[case::job_over(facts(|f| f.job_is_running = false), 101, LostTry::Dead)]
    fn judges(#[case] facts: SupervisionFacts, #[case] now: i64, #[case] expect: LostTry) {
        let threshold = SignedDuration::from_secs(300);
        let verdict = lost_try(&facts, &Outages::default(), threshold, at(now));
        assert_eq!(verdict, expect);
    }

    #[test]
    fn an_outage_of_the_database_is_not_silence() {
        let mut outages = Outages::default();
        outages.unreachable(at(100));
        outages.reachable(at(1000));
        let threshold = SignedDuration::from_secs(300);
        let judge = |now| lost_try(&facts(|_| ()), &outages, threshold, at(now));
        assert_eq!(judge(1100), LostTry::AliveUntil(at(1300)));
        assert_eq!(judge(1300), LostTry::Silent);
    }
}
