//! Mapped task groups and the tasks inside them.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use updraft_core::dag::MappedTaskGroup;

use super::{
    error::Error,
    expand_input::ExpandInputJson,
    typed::{Entries, Truthy},
};

#[derive(Deserialize)]
struct TaskGroupJson<'a> {
    #[serde(borrow, default)]
    children: Option<Entries<'a>>,
    #[serde(default)]
    is_mapped: Option<Truthy>,
    #[serde(borrow)]
    expand_input: Option<ExpandInputJson<'a>>,
}

/// The mapped groups of a DAG.
#[derive(Default)]
pub(super) struct MappedGroups {
    pub(super) groups: Vec<MappedTaskGroup>,
    /// For each task in a mapped group, the innermost one.
    pub(super) of_task: HashMap<String, usize>,
}

/// Reads the tree of groups. Plain groups only arrange the display and are passed through.
pub(super) fn read_mapped_groups(root: &RawValue) -> Result<MappedGroups, Error> {
    let mut found = MappedGroups::default();
    let mut open = vec![(String::new(), root, None)];
    while let Some((group_id, raw, around)) = open.pop() {
        let unreadable = |source| Error::TaskGroup {
            group_id: group_id.clone(),
            source,
        };
        let json: TaskGroupJson<'_> = serde_json::from_str(raw.get()).map_err(unreadable)?;
        let mut innermost = around;
        if let (Some(Truthy(true)), Some(input)) = (json.is_mapped, json.expand_input) {
            innermost = Some(found.groups.len());
            found.groups.push(MappedTaskGroup {
                group_id: group_id.clone(),
                parent: around,
                expand_input: input.into_expand_input().map_err(unreadable)?,
            });
        }
        let children = json.children.map(|children| children.0).unwrap_or_default();
        for (child_id, child) in children {
            let (kind, content): (&str, &RawValue) =
                serde_json::from_str(child.get()).map_err(unreadable)?;
            if kind == "taskgroup" {
                open.push((child_id, content, innermost));
            } else if let Some(group) = innermost {
                found.of_task.insert(child_id, group);
            }
        }
    }
    Ok(found)
}
