//! Which nodes follow which: a group that is followed as a whole has one edge to its join instead of
//! one from each of its tasks.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{Child, Definition, Group, Task, join_before, join_behind};

pub(super) type Edge = (String, String);

/// In order.
pub(super) fn edges(definition: &Definition) -> BTreeSet<Edge> {
    let tasks = Tasks::of(definition);
    let mut groups = BTreeMap::new();
    if let Some(root) = definition.group() {
        collect_groups(root, &mut groups);
    }
    let mut joins = Joins::default();
    for (group_id, group) in &groups {
        joins.add(group_id, group, &groups, &tasks);
    }
    let between_tasks = definition.tasks().flat_map(|task| {
        let below = task.downstream_task_ids.iter();
        below.map(|id| (task.id.clone(), id.clone()))
    });
    let mut edges: BTreeSet<Edge> = between_tasks.chain(joins.added).collect();
    for edge in &joins.skipped {
        edges.remove(edge);
    }
    edges
}

fn collect_groups<'a>(group: &'a Group, groups: &mut BTreeMap<&'a str, &'a Group>) {
    for (id, child) in &group.children {
        if let Child::Group(inner) = child {
            groups.insert(id, inner);
            collect_groups(inner, groups);
        }
    }
}

#[derive(Default)]
struct Joins {
    added: BTreeSet<Edge>,
    skipped: BTreeSet<Edge>,
}

impl Joins {
    fn add(
        &mut self,
        group_id: &str,
        group: &Group,
        groups: &BTreeMap<&str, &Group>,
        tasks: &Tasks<'_>,
    ) {
        let (before, behind) = (join_before(group_id), join_behind(group_id));
        let leaves = tasks.leaves(group);
        for target in &group.downstream_group_ids {
            let Some(other) = groups.get(target.as_str()) else {
                continue;
            };
            let other_before = join_before(target);
            let roots = tasks.roots(other);
            self.added.insert((behind.clone(), other_before.clone()));
            for leaf in &leaves {
                self.added.insert(edge(leaf, &behind));
                self.skipped.insert(edge(leaf, &other_before));
                for root in &roots {
                    self.skipped.insert(edge(leaf, root));
                }
            }
            for root in &roots {
                self.added.insert(edge(&other_before, root));
                self.skipped.insert(edge(&behind, root));
            }
        }
        for target in &group.downstream_task_ids {
            self.added.insert(edge(&behind, target));
            for leaf in &leaves {
                self.added.insert(edge(leaf, &behind));
                self.skipped.insert(edge(leaf, target));
            }
        }
        for source in &group.upstream_task_ids {
            self.added.insert(edge(source, &before));
            for root in tasks.roots(group) {
                self.added.insert(edge(&before, root));
                self.skipped.insert(edge(source, root));
            }
        }
    }
}

fn edge(source: &str, target: &str) -> Edge {
    (source.to_owned(), target.to_owned())
}

struct Tasks<'a> {
    by_id: BTreeMap<&'a str, &'a Task>,
    upstream: BTreeMap<&'a str, Vec<&'a Task>>,
}

impl<'a> Tasks<'a> {
    fn of(definition: &'a Definition) -> Self {
        let mut upstream: BTreeMap<&str, Vec<&Task>> = BTreeMap::new();
        for task in definition.tasks() {
            for below in &task.downstream_task_ids {
                upstream.entry(below).or_default().push(task);
            }
        }
        let by_id = definition.tasks().map(|task| (task.id.as_str(), task));
        Self {
            by_id: by_id.collect(),
            upstream,
        }
    }

    fn upstream(&self, task_id: &str) -> &[&'a Task] {
        self.upstream.get(task_id).map_or(&[], Vec::as_slice)
    }

    /// The tasks of a group that follow no other task of it.
    fn roots<'g>(&self, group: &'g Group) -> Vec<&'g str> {
        let mut ids = group.task_ids();
        let inside: BTreeSet<&str> = ids.iter().copied().collect();
        ids.retain(|id| {
            let mut upstream = self.upstream(id).iter();
            !upstream.any(|task| inside.contains(task.id.as_str()))
        });
        ids
    }

    /// The tasks of a group that no other task of it follows. A teardown does not count: what comes
    /// before it stands in for it.
    fn leaves(&self, group: &Group) -> Vec<&'a str> {
        let ids = group.task_ids();
        let inside: BTreeSet<&str> = ids.iter().copied().collect();
        let mut leaves = Vec::new();
        for task in ids.iter().filter_map(|id| self.by_id.get(id)) {
            let mut below = task.downstream_task_ids.iter();
            if below.any(|id| inside.contains(id.as_str())) {
                continue;
            }
            if task.is_teardown() {
                self.before_teardown(task, &inside, &mut leaves);
            } else {
                leaves.push(task.id.as_str());
            }
        }
        leaves
    }

    fn before_teardown(&self, task: &Task, inside: &BTreeSet<&str>, leaves: &mut Vec<&'a str>) {
        for above in self.upstream(&task.id) {
            let is_its_setup = task.is_teardown() && above.is_setup();
            if is_its_setup || !inside.contains(above.id.as_str()) {
                continue;
            }
            if above.is_teardown() {
                self.before_teardown(above, inside, leaves);
            } else if !self.leads_on(above, &task.id, inside) {
                leaves.push(above.id.as_str());
            }
        }
    }

    /// Whether another task of the group follows that is no teardown.
    fn leads_on(&self, task: &Task, but: &str, inside: &BTreeSet<&str>) -> bool {
        task.downstream_task_ids
            .iter()
            .filter(|id| *id != but && inside.contains(id.as_str()))
            .filter_map(|id| self.by_id.get(id.as_str()))
            .any(|below| !below.is_teardown())
    }
}
