//! What follows from a DAG's definition alone, worked out once for each version of it.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use crate::{
    TaskId, UtcDateTime,
    dag::{Dag, Task, TaskGraph, TaskIndex, TriggerRule},
    planner::{dependencies::depends_on_past, plan::Feature},
    priority::priority_weights,
};

/// A definition with the answers that planning needs of it again and again.
#[derive(Debug)]
pub(crate) struct DagRules {
    pub(crate) dag: Arc<Dag>,
    /// The tasks whose states decide about the run's.
    pub(crate) leaves: Vec<TaskIndex>,
    /// Whether any task looks at the run before.
    pub(crate) needs_previous: bool,
    tasks: Vec<TaskRules>,
    weights: OnceLock<Vec<Option<i32>>>,
}

/// What follows from the definition for one task.
#[derive(Debug, Default)]
pub(crate) struct TaskRules {
    /// Setups that guard the task without being directly upstream of it.
    pub(crate) indirect_setups: Vec<TaskIndex>,
    /// The tasks that have this one among their indirect setups.
    pub(crate) guarded: Vec<TaskIndex>,
    /// Setups directly upstream, where the trigger rule asks for them.
    pub(crate) upstream_setups: Vec<TaskIndex>,
    /// Whether an upstream task may have several instances, so that rows are counted, not tasks.
    pub(crate) counts_rows: bool,
    /// An unfinished instance means that the run is not deadlocked.
    pub(crate) exempt_from_deadlock: bool,
    pub(crate) unsupported: Option<Feature>,
}

impl DagRules {
    pub(crate) fn new(dag: Arc<Dag>) -> Self {
        let graph = &dag.tasks;
        let mut tasks: Vec<TaskRules> = graph
            .iter()
            .map(|(index, task)| rules_of(graph, index, task))
            .collect();
        for (setup, _) in graph.iter().filter(|(_, task)| task.is_setup) {
            for guarded in guarded_indirectly(graph, setup) {
                tasks[guarded.get()].indirect_setups.push(setup);
                tasks[setup.get()].guarded.push(guarded);
            }
        }
        let needs_previous = graph.iter().any(|(_, task)| depends_on_past(task));
        Self {
            leaves: leaves(graph),
            needs_previous,
            tasks,
            weights: OnceLock::new(),
            dag,
        }
    }

    pub(crate) fn graph(&self) -> &TaskGraph {
        &self.dag.tasks
    }

    pub(crate) fn task(&self, index: TaskIndex) -> &Task {
        self.dag.tasks.task(index)
    }

    pub(crate) fn of(&self, index: TaskIndex) -> &TaskRules {
        &self.tasks[index.get()]
    }

    /// The task's priority weight; `None` where only Python can say it. Found when first needed.
    pub(crate) fn weight(&self, index: TaskIndex) -> Option<i32> {
        let weights = self.weights.get_or_init(|| priority_weights(self.graph()));
        weights.get(index.get()).copied().flatten()
    }

    pub(crate) fn index_of(&self, task_id: &TaskId) -> Option<TaskIndex> {
        self.dag.tasks.index_of(task_id.as_str())
    }

    /// The task's start date, or else the DAG's.
    pub(crate) fn start_date(&self, task: &Task) -> Option<UtcDateTime> {
        task.start_date.or(self.dag.start_date)
    }

    /// The task's end date, or else the DAG's.
    pub(crate) fn end_date(&self, task: &Task) -> Option<UtcDateTime> {
        task.end_date.or(self.dag.end_date)
    }
}

fn rules_of(graph: &TaskGraph, index: TaskIndex, task: &Task) -> TaskRules {
    let upstream = graph.upstream(index);
    let asks_for_setups = task.trigger_rule == TriggerRule::AllDoneSetupSuccess;
    let upstream_setups = upstream
        .iter()
        .copied()
        .filter(|&up| asks_for_setups && graph.task(up).is_setup)
        .collect();
    let unsupported = if task.needs_expansion {
        Some(Feature::DynamicTaskMapping)
    } else {
        task.start_from_trigger.then_some(Feature::StartFromTrigger)
    };
    TaskRules {
        upstream_setups,
        counts_rows: upstream.iter().any(|&up| graph.task(up).needs_expansion),
        exempt_from_deadlock: unsupported.is_none()
            && (task.depends_on_past
                || task.max_active_tis_per_dag.is_some()
                || task.max_active_tis_per_dagrun.is_some()
                || !task.custom_deps.is_empty()),
        unsupported,
        ..TaskRules::default()
    }
}

/// The tasks downstream of `setup` that it guards without a direct edge: all where it has no
/// teardown, else those that lie before one of its teardowns. Teardowns are never guarded.
fn guarded_indirectly(graph: &TaskGraph, setup: TaskIndex) -> Vec<TaskIndex> {
    let direct = graph.downstream(setup);
    let teardowns: Vec<TaskIndex> = direct
        .iter()
        .copied()
        .filter(|&task| graph.task(task).is_teardown)
        .collect();
    let mut guarded = reach(setup, |task| graph.downstream(task));
    if !teardowns.is_empty() {
        let before: BTreeSet<TaskIndex> = teardowns
            .iter()
            .flat_map(|&teardown| reach(teardown, |task| graph.upstream(task)))
            .collect();
        guarded.retain(|task| before.contains(task));
    }
    guarded.retain(|task| !graph.task(*task).is_teardown && !direct.contains(task));
    guarded.into_iter().collect()
}

/// All tasks that are reached from `start`, itself left out.
fn reach<'g>(start: TaskIndex, next: impl Fn(TaskIndex) -> &'g [TaskIndex]) -> BTreeSet<TaskIndex> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(task) = open.pop() {
        open.extend(next(task).iter().filter(|&&task| reached.insert(task)));
    }
    reached
}

/// The effective leaves: teardowns do not count unless they say so, neither as leaves nor as what
/// makes another task none.
fn leaves(graph: &TaskGraph) -> Vec<TaskIndex> {
    let counts = |index: TaskIndex| {
        let task = graph.task(index);
        !task.is_teardown || task.on_failure_fail_dagrun
    };
    let all = || graph.iter().map(|(index, _)| index);
    let effective: Vec<TaskIndex> = all()
        .filter(|&index| counts(index) && !graph.downstream(index).iter().any(|&d| counts(d)))
        .collect();
    if effective.is_empty() {
        all()
            .filter(|&index| graph.downstream(index).is_empty())
            .collect()
    } else {
        effective
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timetable::Timetable;

    /// `s_` names are setups, `t_` teardowns, `f_` teardowns that fail the run.
    fn rules(edges: &[(&str, &[&str])]) -> DagRules {
        let tasks = edges
            .iter()
            .map(|(id, downstream)| {
                let mut task = Task::new(*id, "BashOperator");
                task.is_setup = id.starts_with("s_");
                task.is_teardown = id.starts_with("t_") || id.starts_with("f_");
                task.on_failure_fail_dagrun = id.starts_with("f_");
                (
                    task,
                    downstream.iter().map(|id| TaskId::from(*id)).collect(),
                )
            })
            .collect();
        let dag = Dag::new("dag", Timetable::Null, TaskGraph::new(tasks));
        DagRules::new(Arc::new(dag))
    }

    fn names(rules: &DagRules, tasks: &[TaskIndex]) -> Vec<String> {
        tasks
            .iter()
            .map(|&index| rules.task(index).task_id.to_string())
            .collect()
    }

    fn setups_of(rules: &DagRules, task: &str) -> Vec<String> {
        let index = rules.index_of(&task.into()).unwrap();
        names(rules, &rules.of(index).indirect_setups)
    }

    #[test]
    fn a_setup_without_teardown_guards_all_below() {
        let rules = rules(&[("s_a", &["b"]), ("b", &["c"]), ("c", &[])]);
        assert_eq!(setups_of(&rules, "b"), Vec::<String>::new());
        assert_eq!(setups_of(&rules, "c"), ["s_a"]);
    }

    #[test]
    fn a_setup_guards_up_to_its_teardown() {
        let rules = rules(&[
            ("s_a", &["b", "t_a"]),
            ("b", &["c"]),
            ("c", &["t_a", "after"]),
            ("t_a", &[]),
            ("after", &[]),
        ]);
        assert_eq!(setups_of(&rules, "c"), ["s_a"]);
        assert_eq!(setups_of(&rules, "after"), Vec::<String>::new());
        assert_eq!(setups_of(&rules, "t_a"), Vec::<String>::new());
    }

    #[test]
    fn teardowns_are_leaves_only_on_request() {
        let ignored = rules(&[("a", &["t_a"]), ("t_a", &[])]);
        assert_eq!(names(&ignored, &ignored.leaves), ["a"]);
        let counted = rules(&[("a", &["f_a"]), ("f_a", &[])]);
        assert_eq!(names(&counted, &counted.leaves), ["f_a"]);
        let alone = rules(&[("t_a", &["t_b"]), ("t_b", &[])]);
        assert_eq!(names(&alone, &alone.leaves), ["t_b"]);
    }
}
