//! Task instances that a dead scheduler had queued.

use crate::state::TaskInstanceState;

/// What is known of a task instance whose `queued_by_job_id` is no running job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrphanFacts {
    pub state: TaskInstanceState,
    /// Its message lies in a broker or with a worker, which will take it without the scheduler.
    pub is_with_executor: bool,
    /// A live supervisor has claimed it.
    pub is_supervised: bool,
}

/// What the scheduler that finds it does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphan {
    /// Nothing is amiss.
    Leave,
    /// It becomes this scheduler's (`queued_by_job_id`) and goes on as it is.
    Adopt,
    /// Back to scheduled under the same try number: its user code cannot have begun.
    Release,
    /// Its user code may have begun, so that this try is over: see [`crate::failure`].
    Lose,
}

/// Judges an orphan. Airflow resets running ones too and so may run a task twice at once; here a
/// try that may have begun is adopted while it lives and lost when it does not.
pub fn orphan(facts: OrphanFacts) -> Orphan {
    match facts.state {
        TaskInstanceState::Queued if facts.is_with_executor => Orphan::Adopt,
        TaskInstanceState::Queued => Orphan::Release,
        TaskInstanceState::Running | TaskInstanceState::Restarting => {
            if facts.is_supervised {
                Orphan::Adopt
            } else {
                Orphan::Lose
            }
        }
        _ => Orphan::Leave,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_every_state() {
        let judge = |state, is_with_executor, is_supervised| {
            orphan(OrphanFacts {
                state,
                is_with_executor,
                is_supervised,
            })
        };
        for state in TaskInstanceState::ALL {
            let expect = match state {
                TaskInstanceState::Queued => [Orphan::Release, Orphan::Adopt, Orphan::Release],
                TaskInstanceState::Running | TaskInstanceState::Restarting => {
                    [Orphan::Lose, Orphan::Lose, Orphan::Adopt]
                }
                _ => [Orphan::Leave; 3],
            };
            let found = [
                judge(state, false, false),
                judge(state, true, false),
                judge(state, false, true),
            ];
            assert_eq!(found, expect, "{state}");
        }
    }
}
