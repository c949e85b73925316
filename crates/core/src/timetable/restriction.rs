//! The span of time in which a DAG may have scheduled runs.

use crate::{UtcDateTime, dag::Dag};

/// When a DAG may have scheduled runs; both bounds are inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRestriction {
    pub earliest: Option<UtcDateTime>,
    pub latest: Option<UtcDateTime>,
    /// Whether runs that were due in the past are made up for.
    pub catchup: bool,
}

impl TimeRestriction {
    /// From the DAG's dates and its tasks'. The tasks' end dates count only where every task has
    /// one, since any other task may still run later; then even one beyond the DAG's own counts.
    pub fn of(dag: &Dag) -> Self {
        let tasks = || dag.tasks.iter().map(|(_, task)| task);
        let earliest = tasks()
            .filter_map(|task| task.start_date)
            .chain(dag.start_date)
            .min();
        let task_ends: Option<Vec<UtcDateTime>> = tasks().map(|task| task.end_date).collect();
        let latest = match task_ends {
            Some(ends) => ends.into_iter().chain(dag.end_date).max(),
            None => dag.end_date,
        };
        Self {
            earliest,
            latest,
            catchup: dag.catchup,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dag::{Task, TaskGraph},
        timetable::Timetable,
    };

    fn at(day: i64) -> Option<UtcDateTime> {
        UtcDateTime::from_micros(day * 86_400_000_000)
    }

    fn restriction(
        dag_dates: (Option<UtcDateTime>, Option<UtcDateTime>),
        tasks: &[(Option<UtcDateTime>, Option<UtcDateTime>)],
    ) -> TimeRestriction {
        let tasks = tasks
            .iter()
            .enumerate()
            .map(|(number, &(start_date, end_date))| {
                let mut task = Task::new(format!("t{number}"), "EmptyOperator");
                task.start_date = start_date;
                task.end_date = end_date;
                (task, Vec::new())
            })
            .collect();
        let mut dag = Dag::new("d", Timetable::Null, TaskGraph::new(tasks));
        (dag.start_date, dag.end_date) = dag_dates;
        TimeRestriction::of(&dag)
    }

    #[test]
    fn the_earliest_date_of_all_counts() {
        let found = restriction((at(3), None), &[(at(5), None), (at(2), None), (None, None)]);
        assert_eq!((found.earliest, found.latest), (at(2), None));
        assert_eq!(restriction((None, None), &[(None, None)]).earliest, None);
    }

    #[test]
    fn task_end_dates_count_only_together() {
        let dag = (None, at(10));
        assert_eq!(restriction(dag, &[]).latest, at(10));
        assert_eq!(
            restriction(dag, &[(None, at(20)), (None, None)]).latest,
            at(10)
        );
        assert_eq!(
            restriction(dag, &[(None, at(20)), (None, at(5))]).latest,
            at(20)
        );
        assert_eq!(restriction((None, None), &[(None, at(5))]).latest, at(5));
    }
}
