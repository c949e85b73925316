//! `max_consecutive_failed_dag_runs`.

use crate::state::DagRunState;

/// Whether the DAG is to be paused, given the states of its `limit` newest runs by execution date,
/// the run that just failed included.
pub fn should_pause(limit: u32, newest: &[DagRunState]) -> bool {
    limit > 0
        && newest.len() >= limit as usize
        && newest
            .iter()
            .take(limit as usize)
            .all(|state| *state == DagRunState::Failed)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use DagRunState::{Failed, Running, Success};

    #[rstest]
    #[case(0, &[], false)]
    #[case(1, &[Failed], true)]
    #[case(2, &[Failed], false)]
    #[case(2, &[Failed, Failed], true)]
    #[case(2, &[Failed, Success], false)]
    #[case(2, &[Running, Failed, Failed], false)]
    #[case(2, &[Failed, Failed, Success], true)]
    fn pauses_after_enough_failures(
        #[case] limit: u32,
        #[case] newest: &[DagRunState],
        #[case] expect: bool,
    ) {
        assert_eq!(should_pause(limit, newest), expect);
    }
}
