//! The tasks that belong together with chosen ones.

use std::collections::BTreeSet;

use super::{TaskGraph, TaskIndex};

/// Which relatives of the chosen tasks come along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relatives {
    pub upstream: bool,
    pub downstream: bool,
}

impl TaskGraph {
    /// All tasks that a task's edges lead to, directly or not, in one direction; without itself.
    pub fn flat_relatives(&self, of: TaskIndex, upstream: bool) -> BTreeSet<TaskIndex> {
        let next = |index| {
            if upstream {
                self.upstream(index)
            } else {
                self.downstream(index)
            }
        };
        let mut seen = BTreeSet::new();
        let mut pending = next(of).to_vec();
        while let Some(index) = pending.pop() {
            if seen.insert(index) {
                pending.extend_from_slice(next(index));
            }
        }
        seen
    }

    /// The chosen tasks with the relatives that are asked for, and with the setups and teardowns
    /// that those need: Airflow's `DAG.partial_subset`.
    pub fn partial_subset(
        &self,
        chosen: &BTreeSet<TaskIndex>,
        relatives: Relatives,
    ) -> BTreeSet<TaskIndex> {
        let mut subset = chosen.clone();
        for &index in chosen {
            let task = self.task(index);
            if relatives.downstream {
                for below in self.flat_relatives(index, false) {
                    subset.insert(below);
                    let relative = self.task(below);
                    // A chosen one has its turn anyway.
                    if !chosen.contains(&below) && !relative.is_setup && !relative.is_teardown {
                        subset.extend(self.needed_setups_and_teardowns(below));
                    }
                }
            }
            if relatives.upstream {
                for above in self.flat_relatives(index, true) {
                    subset.insert(above);
                    if self.task(above).is_setup {
                        subset.extend(self.teardowns(above));
                    }
                }
            } else if !task.is_setup && !task.is_teardown {
                subset.extend(self.needed_setups_and_teardowns(index));
            }
            if task.is_setup && !relatives.downstream {
                subset.extend(self.teardowns(index));
            }
        }
        subset
    }

    fn teardowns(&self, setup: TaskIndex) -> impl Iterator<Item = TaskIndex> {
        let below = self.downstream(setup).iter().copied();
        below.filter(|index| self.task(*index).is_teardown)
    }

    /// Setups above the task that are torn down below it, or never, with their teardowns.
    fn needed_setups_and_teardowns(&self, index: TaskIndex) -> BTreeSet<TaskIndex> {
        let below = self.flat_relatives(index, false);
        let mut needed = BTreeSet::new();
        for above in self.flat_relatives(index, true) {
            if !self.task(above).is_setup {
                continue;
            }
            let teardowns: Vec<TaskIndex> = self.teardowns(above).collect();
            let is_around = teardowns.iter().any(|teardown| below.contains(teardown));
            if teardowns.is_empty() || is_around {
                needed.insert(above);
                needed.extend(teardowns);
            }
        }
        needed
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{TaskId, dag::Task};

    /// Setup `s` and teardown `t` around `a >> b`, with `c` after `b` and outside, and setup `n`
    /// without a teardown above `c`.
    fn graph() -> TaskGraph {
        let tasks = [
            ("s", &["a", "t"][..]),
            ("a", &["b"]),
            ("b", &["c", "t"]),
            ("c", &[]),
            ("t", &[]),
            ("n", &["c"]),
        ];
        let task = |(id, below): (&str, &[&str])| {
            let mut task = Task::new(id, "EmptyOperator");
            task.is_setup = id == "s" || id == "n";
            task.is_teardown = id == "t";
            (task, below.iter().map(|id| TaskId::from(*id)).collect())
        };
        TaskGraph::new(tasks.into_iter().map(task).collect())
    }

    // Recorded from `DAG.partial_subset` of Airflow 2.10.5.
    #[rstest]
    #[case("a", false, false, "a s t")]
    #[case("a", true, false, "a s t")]
    #[case("b", true, false, "a b s t")]
    #[case("a", false, true, "a b c n s t")]
    #[case("c", false, false, "c n")]
    #[case("c", true, false, "a b c n s t")]
    #[case("s", false, false, "s t")]
    #[case("t", false, false, "t")]
    #[case("s", false, true, "a b c n s t")]
    fn as_in_airflow(
        #[case] chosen: &str,
        #[case] upstream: bool,
        #[case] downstream: bool,
        #[case] expected: &str,
    ) {
        let graph = graph();
        let chosen = BTreeSet::from([graph.index_of(chosen).unwrap()]);
        let relatives = Relatives {
            upstream,
            downstream,
        };
        let subset = graph.partial_subset(&chosen, relatives);
        let mut names: Vec<&str> = subset
            .iter()
            .map(|index| graph.task(*index).task_id.as_str())
            .collect();
        names.sort_unstable();
        assert_eq!(names.join(" "), expected);
    }
}
