//! Priority weights: which of many ready task instances is queued first.

use crate::dag::{TaskGraph, TaskIndex, WeightRule};

/// The weight of every task (`task_instance.priority_weight`), in order of definition; `None` for
/// a task whose custom weight rule only Python can compute.
///
/// Tasks that lie on several paths count once. The relatives of all tasks are found together, as
/// bit sets in topological order, so that a DAG of thousands of tasks stays cheap.
pub fn priority_weights(tasks: &TaskGraph) -> Vec<Option<i32>> {
    let has = |rule: &WeightRule| tasks.iter().any(|(_, task)| task.weight_rule == *rule);
    let sums = |rule: WeightRule, edges: fn(&TaskGraph, TaskIndex) -> &[TaskIndex]| {
        has(&rule).then(|| relative_sums(tasks, edges))
    };
    let downstream = sums(WeightRule::Downstream, TaskGraph::downstream);
    let upstream = sums(WeightRule::Upstream, TaskGraph::upstream);
    tasks
        .iter()
        .map(|(index, task)| {
            let relatives = match task.weight_rule {
                WeightRule::Absolute => 0,
                WeightRule::Downstream => downstream.as_ref()?[index.get()],
                WeightRule::Upstream => upstream.as_ref()?[index.get()],
                WeightRule::Custom(_) => return None,
            };
            Some(clamp(i64::from(task.priority_weight) + relatives))
        })
        .collect()
}

/// Held within 32 bits, as the column is.
fn clamp(weight: i64) -> i32 {
    let bounded = weight.clamp(i64::from(i32::MIN), i64::from(i32::MAX));
    i32::try_from(bounded).unwrap_or(i32::MAX)
}

/// For every task, the sum of the own weights of all tasks reachable over `edges`.
fn relative_sums(tasks: &TaskGraph, edges: fn(&TaskGraph, TaskIndex) -> &[TaskIndex]) -> Vec<i64> {
    let weights: Vec<i64> = tasks
        .iter()
        .map(|(_, task)| i64::from(task.priority_weight))
        .collect();
    let words = tasks.len().div_ceil(64);
    let mut reachable = vec![0_u64; tasks.len() * words];
    for index in in_order_of_edges(tasks, edges) {
        for &next in edges(tasks, index) {
            let (from, to) = (next.get() * words, index.get() * words);
            for word in 0..words {
                reachable[to + word] |= reachable[from + word];
            }
            reachable[to + next.get() / 64] |= 1 << (next.get() % 64);
        }
    }
    (0..tasks.len())
        .map(|position| {
            let mut row = reachable[position * words..(position + 1) * words].to_vec();
            // Only a cycle, which Airflow refuses, would lead a task back to itself.
            row[position / 64] &= !(1 << (position % 64));
            sum_of(&row, &weights)
        })
        .collect()
}

fn sum_of(bits: &[u64], weights: &[i64]) -> i64 {
    let mut sum = 0_i64;
    for (word, &set) in bits.iter().enumerate() {
        let mut rest = set;
        while rest != 0 {
            let bit = rest.trailing_zeros() as usize;
            sum = sum.saturating_add(weights[word * 64 + bit]);
            rest &= rest - 1;
        }
    }
    sum
}

/// Every task after all that its edges lead to.
fn in_order_of_edges(
    tasks: &TaskGraph,
    edges: fn(&TaskGraph, TaskIndex) -> &[TaskIndex],
) -> Vec<TaskIndex> {
    let mut order = Vec::with_capacity(tasks.len());
    let mut seen = vec![false; tasks.len()];
    // An explicit stack: a chain of thousands of tasks would overflow the thread's own.
    let mut stack: Vec<(TaskIndex, usize)> = Vec::new();
    for (root, _) in tasks.iter() {
        if std::mem::replace(&mut seen[root.get()], true) {
            continue;
        }
        stack.push((root, 0));
        while let Some((index, edge)) = stack.pop() {
            match edges(tasks, index).get(edge) {
                None => order.push(index),
                Some(&next) => {
                    stack.push((index, edge + 1));
                    if !std::mem::replace(&mut seen[next.get()], true) {
                        stack.push((next, 0));
                    }
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dag::Task;

    fn graph(tasks: &[(&str, i32, WeightRule, &[&str])]) -> TaskGraph {
        let tasks = tasks
            .iter()
            .map(|(id, weight, rule, downstream)| {
                let mut task = Task::new(*id, "EmptyOperator");
                task.priority_weight = *weight;
                task.weight_rule = rule.clone();
                let downstream = downstream.iter().map(|id| (*id).into()).collect();
                (task, downstream)
            })
            .collect();
        TaskGraph::new(tasks)
    }

    #[test]
    fn a_diamond_counts_each_relative_once() {
        use WeightRule::{Absolute, Custom, Downstream, Upstream};
        let tasks = graph(&[
            ("a", 1, Downstream, &["b", "c"]),
            ("b", 10, Upstream, &["d"]),
            ("c", 100, Absolute, &["d"]),
            ("d", 1_000, Upstream, &["e"]),
            ("e", 5, Custom("plugin.Weight".to_owned()), &[]),
        ]);
        assert_eq!(
            priority_weights(&tasks),
            [Some(1_116), Some(11), Some(100), Some(1_111), None]
        );
    }

    #[test]
    fn weights_stay_within_32_bits() {
        let tasks = graph(&[
            ("a", i32::MAX, WeightRule::Downstream, &["b"]),
            ("b", i32::MAX, WeightRule::Downstream, &[]),
            ("c", i32::MIN, WeightRule::Downstream, &["d"]),
            ("d", i32::MIN, WeightRule::Downstream, &[]),
        ]);
        assert_eq!(
            priority_weights(&tasks),
            [
                Some(i32::MAX),
                Some(i32::MAX),
                Some(i32::MIN),
                Some(i32::MIN)
            ]
        );
    }

    #[test]
    fn a_chain_of_thousands_counts_down() {
        let length = 3_000;
        let tasks = (0..length)
            .map(|n| {
                let task = Task::new(format!("t{n}"), "EmptyOperator");
                (task, vec![format!("t{}", n + 1).into()])
            })
            .collect();
        let weights = priority_weights(&TaskGraph::new(tasks));
        assert_eq!(weights.first(), Some(&Some(3_000)));
        assert_eq!(weights.last(), Some(&Some(1)));
        assert_eq!(weights.len(), length);
    }
}
