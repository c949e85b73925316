//! Which tasks of a DAG belong to a run of some date.

use updraft_core::{
    UtcDateTime,
    dag::{Dag, Task},
};

use crate::failure::Failure;

/// The tasks that a run of `date` does not have: they start later, or have ended.
pub(crate) fn left_out(dag: &Dag, date: UtcDateTime) -> Vec<&str> {
    dag.tasks
        .iter()
        .filter(|(_, task)| nearest(dag, task, date) != date)
        .map(|(_, task)| task.task_id.as_str())
        .collect()
}

/// Refuses a run in which nothing would run, and that would be called a success.
pub(crate) fn require_some(dag: &Dag, date: UtcDateTime, program: &str) -> Result<(), Failure> {
    let count = dag.tasks.iter().count();
    if count == 0 || left_out(dag, date).len() < count {
        return Ok(());
    }
    let others = dag.tasks.iter().map(|(_, task)| nearest(dag, task, date));
    // The date that is nearest to the one that was given.
    let other = others.min_by_key(|other| other.since(date).abs());
    let other = other.unwrap_or(date);
    let bound = if other > date {
        "before the start_date"
    } else {
        "after the end_date"
    };
    let dag_id = &dag.dag_id;
    let message = format!(
        "nothing would run: the date {} lies {bound} of every task of {dag_id}",
        date.isoformat()
    );
    let hint = format!(
        "`{program} dags test {dag_id} {}` runs it; without a date it is run for now",
        other.isoformat()
    );
    Err(Failure::new(message).with_hint(hint))
}

/// The date at which the task takes part that is nearest to `date`.
pub(super) fn nearest(dag: &Dag, task: &Task, date: UtcDateTime) -> UtcDateTime {
    let date = match task.end_date.or(dag.end_date) {
        Some(end) => date.min(end),
        None => date,
    };
    match task.start_date.or(dag.start_date) {
        Some(start) => date.max(start),
        None => date,
    }
}

#[cfg(test)]
mod tests {
    use updraft_core::{dag::TaskGraph, timetable::Timetable};

    use super::*;

    fn at(day: i64) -> UtcDateTime {
        UtcDateTime::from_micros(day * 86_400_000_000).unwrap()
    }

    fn dag() -> Dag {
        let late = Task {
            start_date: Some(at(20)),
            ..Task::new("late", "BashOperator")
        };
        let tasks = vec![
            (Task::new("a", "BashOperator"), Vec::new()),
            (late, Vec::new()),
        ];
        Dag {
            start_date: Some(at(10)),
            end_date: Some(at(30)),
            ..Dag::new("d", Timetable::Null, TaskGraph::new(tasks))
        }
    }

    #[test]
    fn tasks_have_their_own_dates() {
        assert_eq!(left_out(&dag(), at(25)), Vec::<&str>::new());
        assert_eq!(left_out(&dag(), at(15)), ["late"]);
        assert_eq!(left_out(&dag(), at(5)), ["a", "late"]);
    }

    #[test]
    fn a_run_of_nothing_is_refused() {
        assert!(require_some(&dag(), at(15), "updraft").is_ok());
        let early = require_some(&dag(), at(5), "updraft").unwrap_err();
        assert!(
            early.to_string().contains("before the start_date"),
            "{early}"
        );
        let late = require_some(&dag(), at(31), "updraft").unwrap_err();
        assert!(late.to_string().contains("after the end_date"), "{late}");
        let empty = Dag::new("d", Timetable::Null, TaskGraph::new(Vec::new()));
        assert!(require_some(&empty, at(5), "updraft").is_ok());
    }
}
