//! `depends_on_past` and `wait_for_downstream`.

use crate::{TaskId, UtcDateTime, dag::Task, state::TaskInstanceState};

/// What is known of the run before, for one task.
pub(crate) trait PastFacts {
    /// Execution date of the previous run, `None` where the run is the DAG's first.
    fn execution_date(&self) -> Option<UtcDateTime>;
    /// States of the task's instances in the previous run; empty where it has none.
    fn states(&self, task_id: &TaskId) -> impl Iterator<Item = TaskInstanceState>;
    /// Whether any earlier run has an instance of the task.
    fn seen(&self, task_id: &TaskId) -> bool;
}

/// Whether the previous run allows `task` to start. `start_date` is the task's own, or else the
/// DAG's; `downstream` are the tasks directly downstream of it.
pub(crate) fn previous_run<'a>(
    task: &Task,
    catchup: bool,
    start_date: Option<UtcDateTime>,
    downstream: impl IntoIterator<Item = &'a TaskId>,
    past: &impl PastFacts,
) -> bool {
    // Airflow's operators turn `depends_on_past` on together with `wait_for_downstream`.
    if !depends_on_past(task) {
        return true;
    }
    let Some(previous) = past.execution_date() else {
        return true;
    };
    if catchup && start_date.is_some_and(|start| previous < start) {
        return true;
    }
    let mut states = past.states(&task.task_id).peekable();
    if states.peek().is_none() {
        return task.ignore_first_depends_on_past && !past.seen(&task.task_id);
    }
    states.all(TaskInstanceState::is_success)
        && (!task.wait_for_downstream
            || downstream
                .into_iter()
                .flat_map(|task_id| past.states(task_id))
                .all(TaskInstanceState::is_success))
}

/// Whether the task looks at the run before.
pub(crate) fn depends_on_past(task: &Task) -> bool {
    task.depends_on_past || task.wait_for_downstream
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use TaskInstanceState::{Failed, NoStatus, Running, Skipped, Success};

    struct Past {
        date: Option<UtcDateTime>,
        own: Vec<TaskInstanceState>,
        downstream: Vec<TaskInstanceState>,
        seen: bool,
    }

    impl PastFacts for Past {
        fn execution_date(&self) -> Option<UtcDateTime> {
            self.date
        }

        fn states(&self, task_id: &TaskId) -> impl Iterator<Item = TaskInstanceState> {
            let states = if task_id.as_str() == "task" {
                &self.own
            } else {
                &self.downstream
            };
            states.iter().copied()
        }

        fn seen(&self, _: &TaskId) -> bool {
            self.seen
        }
    }

    fn day(text: &str) -> UtcDateTime {
        format!("{text}T00:00:00Z").parse().unwrap()
    }

    fn task(set: impl FnOnce(&mut Task)) -> Task {
        let mut task = Task::new("task", "BashOperator");
        task.depends_on_past = true;
        set(&mut task);
        task
    }

    fn past(own: &[TaskInstanceState]) -> Past {
        Past {
            date: Some(day("2024-01-01")),
            own: own.to_vec(),
            downstream: Vec::new(),
            seen: true,
        }
    }

    fn check(task: &Task, catchup: bool, past: &Past) -> bool {
        let start = Some(day("2024-01-01"));
        previous_run(task, catchup, start, [&TaskId::from("next")], past)
    }

    #[rstest]
    #[case(&[Success], true)]
    #[case(&[Skipped], true)]
    #[case(&[Success, Skipped], true)]
    #[case(&[Success, Failed], false)]
    #[case(&[Running], false)]
    #[case(&[NoStatus], false)]
    fn follows_the_same_task(#[case] own: &[TaskInstanceState], #[case] expect: bool) {
        assert_eq!(check(&task(|_| ()), true, &past(own)), expect);
    }

    #[rstest]
    #[case(&[Success], true)]
    #[case(&[Running], false)]
    #[case(&[], true)]
    fn waits_for_direct_downstream(#[case] next: &[TaskInstanceState], #[case] expect: bool) {
        let task = task(|task| {
            task.depends_on_past = false;
            task.wait_for_downstream = true;
        });
        let mut past = past(&[Success]);
        past.downstream = next.to_vec();
        assert_eq!(check(&task, true, &past), expect);
    }

    #[rstest]
    #[case(true, false, true)]
    #[case(true, true, false)]
    #[case(false, false, false)]
    fn may_ignore_that_the_task_is_new(
        #[case] ignore_first: bool,
        #[case] seen: bool,
        #[case] expect: bool,
    ) {
        let task = task(|task| task.ignore_first_depends_on_past = ignore_first);
        let mut past = past(&[]);
        past.seen = seen;
        assert_eq!(check(&task, true, &past), expect);
    }

    #[test]
    fn the_first_run_and_tasks_of_the_present_pass() {
        let mut first = past(&[]);
        first.date = None;
        assert!(check(&task(|_| ()), true, &first));
        assert!(check(
            &task(|task| task.depends_on_past = false),
            true,
            &past(&[Failed])
        ));
    }

    #[test]
    fn with_catchup_a_run_before_the_start_does_not_count() {
        let mut early = past(&[]);
        early.date = Some(day("2023-12-31"));
        let strict = task(|task| task.ignore_first_depends_on_past = false);
        assert!(check(&strict, true, &early));
        assert!(!check(&strict, false, &early));
    }
}
