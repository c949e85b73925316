//! The trigger rules: what the states of direct upstream tasks mean for a task.

use super::UpstreamStates;
use crate::{MapIndex, dag::TriggerRule, state::TaskInstanceState};

/// What one dependency says about a task instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The state that the task instance gets at once. It then is no longer schedulable, whatever
    /// the dependency says besides.
    pub(crate) state: Option<TaskInstanceState>,
    pub(crate) passes: bool,
}

impl Verdict {
    pub(crate) const PASS: Self = Self {
        state: None,
        passes: true,
    };
}

/// The upstream side of one task instance.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Upstream {
    pub(crate) states: UpstreamStates,
    /// How many upstream task instances there are to be: tasks, or rows where one is mapped.
    pub(crate) count: u32,
    /// The part of `states` and `count` that belongs to setup tasks.
    pub(crate) setup_states: UpstreamStates,
    pub(crate) setup_count: u32,
}

/// Applies `rule`. A task without upstream tasks passes any rule.
///
/// Airflow decides the state first and whether the rule passes apart from it, so that, for
/// instance, `none_failed_min_one_success` over skipped tasks only both skips and passes.
pub(crate) fn trigger_rule(rule: TriggerRule, upstream: &Upstream, map_index: MapIndex) -> Verdict {
    if rule == TriggerRule::Always {
        return Verdict::PASS;
    }
    Verdict {
        state: state_at_once(rule, upstream, map_index),
        passes: passes(rule, upstream, map_index),
    }
}

fn state_at_once(
    rule: TriggerRule,
    upstream: &Upstream,
    map_index: MapIndex,
) -> Option<TaskInstanceState> {
    use TaskInstanceState::{Skipped, UpstreamFailed};
    let states = &upstream.states;
    let done = states.done() >= upstream.count;
    let any_failed = states.failed > 0 || states.upstream_failed > 0;
    match rule {
        TriggerRule::AllSuccess => success_expected(states, map_index),
        TriggerRule::AllFailed if states.success > 0 || states.skipped > 0 => Some(Skipped),
        TriggerRule::AllSkipped if states.success > 0 || any_failed => Some(Skipped),
        TriggerRule::OneSuccess if done && states.done() == states.skipped => Some(Skipped),
        TriggerRule::OneSuccess if done && states.success == 0 => Some(UpstreamFailed),
        TriggerRule::OneFailed if done && !any_failed => Some(Skipped),
        TriggerRule::OneDone if done && states.success == 0 && states.failed == 0 => Some(Skipped),
        TriggerRule::NoneFailed | TriggerRule::NoneFailedMinOneSuccess if any_failed => {
            Some(UpstreamFailed)
        }
        TriggerRule::NoneFailedMinOneSuccess if states.skipped == upstream.count => Some(Skipped),
        TriggerRule::NoneSkipped if states.skipped > 0 => Some(Skipped),
        TriggerRule::AllDoneSetupSuccess if done && upstream.setup_count > 0 => {
            if upstream.setup_states.skipped >= upstream.setup_count {
                Some(Skipped)
            } else if upstream.setup_states.success == 0 {
                Some(UpstreamFailed)
            } else {
                None
            }
        }
        _ => None,
    }
}

/// What `all_success` and the setup constraint share: failures and skips are passed on as soon as
/// there is one, and an index beyond the shrunken upstream is removed.
pub(super) fn success_expected(
    states: &UpstreamStates,
    map_index: MapIndex,
) -> Option<TaskInstanceState> {
    if states.upstream_failed > 0 || states.failed > 0 {
        Some(TaskInstanceState::UpstreamFailed)
    } else if states.skipped > 0 {
        Some(TaskInstanceState::Skipped)
    } else if states.removed > 0
        && states.success > 0
        && u32::try_from(map_index.0).is_ok_and(|index| index >= states.success)
    {
        Some(TaskInstanceState::Removed)
    } else {
        None
    }
}

fn passes(rule: TriggerRule, upstream: &Upstream, map_index: MapIndex) -> bool {
    let states = &upstream.states;
    // Rows removed by a shrunken expansion do not hold up the indexes that remain.
    let expected = upstream.count.saturating_sub(if map_index.is_mapped() {
        states.removed
    } else {
        0
    });
    let done = states.done() >= upstream.count;
    match rule {
        TriggerRule::AllSuccess => states.success >= expected,
        TriggerRule::AllFailed => states.failed + states.upstream_failed >= expected,
        TriggerRule::AllDone => done,
        TriggerRule::AllSkipped => states.skipped >= upstream.count,
        TriggerRule::OneSuccess => states.success > 0,
        TriggerRule::OneFailed => states.failed > 0 || states.upstream_failed > 0,
        TriggerRule::OneDone => states.success + states.failed > 0,
        TriggerRule::NoneFailed | TriggerRule::NoneFailedMinOneSuccess => {
            states.success + states.skipped >= expected
        }
        TriggerRule::NoneSkipped => done && states.skipped == 0,
        TriggerRule::AllDoneSetupSuccess => {
            done && (upstream.setup_count == 0 || upstream.setup_states.success > 0)
        }
        TriggerRule::Always => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_of(letter: char) -> Option<TaskInstanceState> {
        match letter {
            'n' => Some(TaskInstanceState::NoStatus),
            's' => Some(TaskInstanceState::Success),
            'f' => Some(TaskInstanceState::Failed),
            'u' => Some(TaskInstanceState::UpstreamFailed),
            'k' => Some(TaskInstanceState::Skipped),
            'r' => Some(TaskInstanceState::Removed),
            _ => None,
        }
    }

    fn upstream_of(letters: &str) -> Upstream {
        let with_setup = letters.starts_with('S');
        let states: Vec<_> = letters.chars().filter_map(state_of).collect();
        let setups = &states[..usize::from(with_setup)];
        Upstream {
            count: u32::try_from(states.len()).unwrap(),
            setup_count: u32::from(with_setup),
            setup_states: setups.iter().copied().collect(),
            states: states.iter().copied().collect(),
        }
    }

    #[test]
    fn decides_as_airflow_does() {
        let vectors = include_str!("../../../tests/vectors/trigger-rule-vectors.csv");
        let mut checked = 0;
        for row in vectors.lines().skip(1) {
            let [rule, letters, state, passes] = row.split(',').collect::<Vec<_>>()[..] else {
                panic!("unexpected row {row}");
            };
            let rule = TriggerRule::parse(rule).unwrap();
            let verdict = trigger_rule(rule, &upstream_of(letters), MapIndex::UNMAPPED);
            let expect = (state != "-").then(|| TaskInstanceState::parse(Some(state)).unwrap());
            assert_eq!(verdict.state, expect, "{row}");
            assert_eq!(verdict.passes, passes == "run", "{row}");
            checked += 1;
        }
        assert_eq!(checked, 1330);
    }

    #[test]
    fn an_index_ignores_removed_upstream_rows() {
        let upstream = upstream_of("sr");
        let verdict = |index| trigger_rule(TriggerRule::AllSuccess, &upstream, MapIndex(index));
        assert_eq!(verdict(0), Verdict::PASS);
        assert_eq!(verdict(1).state, Some(TaskInstanceState::Removed));
        assert_eq!((verdict(-1).state, verdict(-1).passes), (None, false));
    }
}
