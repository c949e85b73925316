//! The `XCom` `skipmixin_key`, by which branches and short circuits are remembered.

use crate::TaskId;

/// What a finished branching task said about the tasks directly downstream of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipDecision {
    /// Every direct downstream task that is not named is skipped.
    Followed(Vec<TaskId>),
    /// The named tasks are skipped.
    Skipped(Vec<TaskId>),
}

impl SkipDecision {
    pub fn skips(&self, task_id: &TaskId) -> bool {
        match self {
            Self::Followed(followed) => !followed.contains(task_id),
            Self::Skipped(skipped) => skipped.contains(task_id),
        }
    }
}
