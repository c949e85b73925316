//! Single task instances.

use serde::Deserialize;
use updraft_core::{
    TaskInstanceKey,
    planner::{Observation, RunKey, SkipDecision, TaskInstance},
    state::TaskInstanceState,
};
use updraft_metadata_db::scheduling::TaskInstanceRow;

use crate::{event::Event, scheduler::Scheduler};

impl Scheduler {
    /// Takes in a row that was read, if it says anything new.
    pub(crate) fn observe_task_instance_row(&mut self, run: &RunKey, row: TaskInstanceRow) {
        let known = self
            .snapshot
            .task_instance(run, &row.task_id, row.instance.map_index);
        if known == Some(&row.instance) {
            return;
        }
        self.tell_of_change(run, &row);
        let key = row.key(run);
        if !row.instance.state.occupies_slot() {
            self.executor.forget(&key);
        }
        if let Some(decision) = skip_decision(&row) {
            self.snapshot.observe(Observation::SkipDecision {
                run: run.clone(),
                task_id: row.task_id.clone(),
                map_index: row.instance.map_index,
                decision,
            });
        }
        self.snapshot.observe(Observation::TaskInstance {
            run: run.clone(),
            task_id: row.task_id,
            instance: Box::new(row.instance),
        });
    }

    /// Tells of the start or end of a try that was found out by reading.
    pub(crate) fn tell_of_change(&self, run: &RunKey, row: &TaskInstanceRow) {
        let known = self
            .snapshot
            .task_instance(run, &row.task_id, row.instance.map_index);
        let Some(known) = known else {
            return;
        };
        if let Some(event) = change_of(row.key(run), known, &row.instance) {
            self.tell(event);
        }
    }
}

/// What the difference between two versions of a row means to a person.
pub(crate) fn change_of(
    key: TaskInstanceKey,
    before: &TaskInstance,
    after: &TaskInstance,
) -> Option<Event> {
    if before.state == after.state && before.try_number == after.try_number {
        return None;
    }
    let try_number = after.try_number;
    if after.state == TaskInstanceState::Running {
        return Some(Event::TaskStarted { key, try_number });
    }
    let has_ended = after.state.is_finished()
        || matches!(
            after.state,
            TaskInstanceState::UpForRetry | TaskInstanceState::UpForReschedule
        );
    has_ended.then(|| Event::TaskFinished {
        key,
        try_number,
        state: after.state,
        duration: after
            .start_date
            .zip(after.end_date)
            .map(|(start, end)| end.since(start)),
        reason: None,
    })
}

/// The content of an XCom `skipmixin_key`, one key of the two.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SkipXCom {
    Followed(Vec<String>),
    Skipped(Vec<String>),
}

/// `None` where the task made no decision, or one that cannot be read.
pub(crate) fn skip_decision(row: &TaskInstanceRow) -> Option<SkipDecision> {
    read_skip_decision(row.skip_decision.as_deref()?)
}

pub(crate) fn read_skip_decision(json: &[u8]) -> Option<SkipDecision> {
    Some(match serde_json::from_slice(json).ok()? {
        SkipXCom::Followed(tasks) => {
            SkipDecision::Followed(tasks.into_iter().map(Into::into).collect())
        }
        SkipXCom::Skipped(tasks) => {
            SkipDecision::Skipped(tasks.into_iter().map(Into::into).collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skip_decisions_are_read() {
        assert_eq!(
            read_skip_decision(br#"{"followed": ["a", "b"]}"#),
            Some(SkipDecision::Followed(vec!["a".into(), "b".into()]))
        );
        assert_eq!(
            read_skip_decision(br#"{"skipped": []}"#),
            Some(SkipDecision::Skipped(Vec::new()))
        );
        assert_eq!(read_skip_decision(b"null"), None);
    }
}
