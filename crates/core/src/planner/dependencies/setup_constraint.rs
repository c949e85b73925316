//! Setups guard every task of their scope, not only those directly downstream.

use super::{UpstreamStates, Verdict, trigger_rule::success_expected};
use crate::MapIndex;

/// Judges by the states of the indirect setups of a task that is no teardown: all must succeed.
/// Where the verdict has a state, the trigger rule is not asked any more.
pub(crate) fn setup_constraint(
    states: &UpstreamStates,
    count: u32,
    map_index: MapIndex,
) -> Verdict {
    let removed = if map_index.is_mapped() {
        states.removed
    } else {
        0
    };
    Verdict {
        state: success_expected(states, map_index),
        passes: states.success + removed >= count,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::state::TaskInstanceState::{
        self, Failed, Removed, Running, Skipped, Success, UpstreamFailed,
    };

    #[rstest]
    #[case(&[Success, Success], None, true)]
    #[case(&[Success, Running], None, false)]
    #[case(&[Running, Failed], Some(UpstreamFailed), false)]
    #[case(&[Running, UpstreamFailed], Some(UpstreamFailed), false)]
    #[case(&[Skipped, Running], Some(Skipped), false)]
    #[case(&[Skipped, Failed], Some(UpstreamFailed), false)]
    #[case(&[Success, Removed], None, false)]
    fn all_setups_must_succeed(
        #[case] states: &[TaskInstanceState],
        #[case] state: Option<TaskInstanceState>,
        #[case] passes: bool,
    ) {
        let counts = states.iter().copied().collect();
        let count = u32::try_from(states.len()).unwrap();
        let verdict = setup_constraint(&counts, count, MapIndex::UNMAPPED);
        assert_eq!(verdict, Verdict { state, passes });
    }
}
