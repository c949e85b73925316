//! `dag_run.state` and `dag_run.run_type`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `dag_run.state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DagRunState {
    Queued,
    Running,
    Success,
    Failed,
}

impl DagRunState {
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Success, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
        }
    }

    /// The state of that name; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub fn is_finished(self) -> bool {
        matches!(self, Self::Success | Self::Failed)
    }
}

impl fmt::Display for DagRunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `dag_run.run_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DagRunType {
    Scheduled,
    Manual,
    Backfill,
    DatasetTriggered,
}

impl DagRunType {
    pub const ALL: [Self; 4] = [
        Self::Scheduled,
        Self::Manual,
        Self::Backfill,
        Self::DatasetTriggered,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Manual => "manual",
            Self::Backfill => "backfill",
            Self::DatasetTriggered => "dataset_triggered",
        }
    }

    /// The type of that name; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|run_type| run_type.as_str() == text)
    }

    /// The type that a run id's prefix (`<type>__`) announces; manual where there is none.
    pub fn of_run_id(run_id: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|run_type| {
                run_id
                    .strip_prefix(run_type.as_str())
                    .is_some_and(|rest| rest.starts_with("__"))
            })
            .unwrap_or(Self::Manual)
    }

    /// Whether runs of this type advance the DAG's schedule (`next_dagrun`).
    pub fn is_automated(self) -> bool {
        matches!(self, Self::Scheduled | Self::Backfill)
    }
}

impl fmt::Display for DagRunType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for state in DagRunState::ALL {
            assert_eq!(DagRunState::parse(state.as_str()), Some(state));
        }
        for run_type in DagRunType::ALL {
            assert_eq!(DagRunType::parse(run_type.as_str()), Some(run_type));
            assert_eq!(
                DagRunType::of_run_id(&format!("{run_type}__2024")),
                run_type
            );
        }
        assert_eq!(
            DagRunType::of_run_id("scheduled_by_hand"),
            DagRunType::Manual
        );
    }
}
