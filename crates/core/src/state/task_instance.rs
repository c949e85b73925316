//! `task_instance.state`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `task_instance.state`; SQL NULL, which Airflow calls "none", is [`Self::NoStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskInstanceState {
    NoStatus,
    Removed,
    Scheduled,
    Queued,
    Running,
    Success,
    Restarting,
    Failed,
    UpForRetry,
    UpForReschedule,
    UpstreamFailed,
    Skipped,
    Deferred,
}

impl TaskInstanceState {
    pub const ALL: [Self; 13] = [
        Self::NoStatus,
        Self::Removed,
        Self::Scheduled,
        Self::Queued,
        Self::Running,
        Self::Success,
        Self::Restarting,
        Self::Failed,
        Self::UpForRetry,
        Self::UpForReschedule,
        Self::UpstreamFailed,
        Self::Skipped,
        Self::Deferred,
    ];

    /// The text in the database; `None` stands for NULL.
    pub fn as_db(self) -> Option<&'static str> {
        match self {
            Self::NoStatus => None,
            Self::Removed => Some("removed"),
            Self::Scheduled => Some("scheduled"),
            Self::Queued => Some("queued"),
            Self::Running => Some("running"),
            Self::Success => Some("success"),
            Self::Restarting => Some("restarting"),
            Self::Failed => Some("failed"),
            Self::UpForRetry => Some("up_for_retry"),
            Self::UpForReschedule => Some("up_for_reschedule"),
            Self::UpstreamFailed => Some("upstream_failed"),
            Self::Skipped => Some("skipped"),
            Self::Deferred => Some("deferred"),
        }
    }

    /// The state that the database text stands for; `None` for a text that Airflow does not know.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_db() == text)
    }

    /// Nothing more happens to the task instance by itself.
    pub fn is_finished(self) -> bool {
        matches!(
            self,
            Self::Success | Self::Failed | Self::Skipped | Self::UpstreamFailed | Self::Removed
        )
    }

    pub fn is_failed(self) -> bool {
        matches!(self, Self::Failed | Self::UpstreamFailed)
    }

    pub fn is_success(self) -> bool {
        matches!(self, Self::Success | Self::Skipped)
    }

    /// The scheduler may move it to scheduled once its dependencies are met.
    pub fn is_schedulable(self) -> bool {
        matches!(
            self,
            Self::NoStatus | Self::UpForRetry | Self::UpForReschedule
        )
    }

    /// Counts against pools and every concurrency limit (Airflow's execution states).
    pub fn occupies_slot(self) -> bool {
        matches!(self, Self::Running | Self::Queued)
    }

    /// Whether a component may write `to` over `self` without a person asking for it.
    /// The table is Airflow's, with the writers named in `docs/state-machines.md`.
    pub fn may_become(self, to: Self) -> bool {
        use TaskInstanceState as S;
        match self {
            S::NoStatus => matches!(
                to,
                S::Scheduled
                    | S::Queued
                    | S::Success
                    | S::Deferred
                    | S::Skipped
                    | S::UpstreamFailed
                    | S::Removed
            ),
            S::UpForRetry | S::UpForReschedule => {
                matches!(
                    to,
                    S::Scheduled | S::Queued | S::Skipped | S::UpstreamFailed | S::Removed
                )
            }
            S::Scheduled => matches!(to, S::Queued | S::Failed | S::Skipped | S::Removed),
            S::Queued => matches!(
                to,
                S::Running
                    | S::NoStatus
                    | S::Scheduled
                    | S::Failed
                    | S::UpForRetry
                    | S::Skipped
                    | S::Removed
            ),
            S::Running => matches!(
                to,
                S::Success
                    | S::Skipped
                    | S::Failed
                    | S::UpForRetry
                    | S::UpForReschedule
                    | S::Deferred
                    | S::Queued
                    | S::Scheduled
                    | S::Removed
            ),
            S::Restarting => matches!(to, S::UpForRetry | S::Failed),
            S::Deferred => matches!(
                to,
                S::Scheduled | S::Success | S::Failed | S::Skipped | S::Removed
            ),
            S::Removed => matches!(to, S::NoStatus),
            S::Success | S::Failed | S::UpstreamFailed | S::Skipped => false,
        }
    }
}

impl fmt::Display for TaskInstanceState {
    /// The database text; `None`, as Python prints it, for no status.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_db().unwrap_or("None"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for state in TaskInstanceState::ALL {
            assert_eq!(TaskInstanceState::parse(state.as_db()), Some(state));
        }
        assert_eq!(TaskInstanceState::parse(Some("shutdown")), None);
    }

    #[test]
    fn finished_states_are_left_only_by_a_person() {
        for from in TaskInstanceState::ALL {
            let leaves = TaskInstanceState::ALL
                .into_iter()
                .any(|to| from.may_become(to));
            assert_eq!(
                leaves,
                !from.is_finished() || from == TaskInstanceState::Removed,
                "{from}"
            );
            assert!(!from.may_become(from), "{from}");
        }
    }
}
