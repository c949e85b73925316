//! What a drawing needs of a DAG's stored form.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
struct Document {
    dag: Definition,
}

#[derive(Debug, Deserialize)]
pub(super) struct Definition {
    #[serde(rename = "_dag_id")]
    pub dag_id: String,
    pub orientation: Option<String>,
    tasks: Vec<Encoded>,
    #[serde(rename = "_task_group")]
    group: Option<Group>,
    /// Labels, by both ends of an edge.
    #[serde(default)]
    edge_info: BTreeMap<String, BTreeMap<String, EdgeInfo>>,
}

#[derive(Debug, Deserialize)]
struct EdgeInfo {
    label: Option<String>,
}

/// Old forms have tasks as they are, newer ones in an envelope.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Encoded {
    Enclosed {
        #[serde(rename = "__var")]
        task: Task,
    },
    Plain(Task),
}

#[derive(Debug, Deserialize)]
pub(super) struct Task {
    #[serde(rename = "task_id")]
    pub id: String,
    #[serde(rename = "_task_display_property_value")]
    display_name: Option<String>,
    #[serde(default = "white")]
    pub ui_color: String,
    #[serde(default = "black")]
    pub ui_fgcolor: String,
    #[serde(default)]
    pub downstream_task_ids: Vec<String>,
    #[serde(default)]
    is_setup: bool,
    #[serde(default)]
    is_teardown: bool,
    /// Of a mapped task, what is the same for all of its instances.
    #[serde(default)]
    partial_kwargs: Partial,
}

#[derive(Debug, Default, Deserialize)]
struct Partial {
    task_display_name: Option<String>,
    #[serde(default)]
    is_setup: bool,
    #[serde(default)]
    is_teardown: bool,
}

impl Task {
    pub(super) fn display_name(&self) -> Option<&str> {
        let name = self.display_name.as_deref();
        name.or(self.partial_kwargs.task_display_name.as_deref())
    }

    pub(super) fn is_setup(&self) -> bool {
        self.is_setup || self.partial_kwargs.is_setup
    }

    pub(super) fn is_teardown(&self) -> bool {
        self.is_teardown || self.partial_kwargs.is_teardown
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    /// Without those of the groups around it; the outermost has none.
    #[serde(rename = "_group_id")]
    pub label: Option<String>,
    #[serde(default = "yes")]
    pub prefix_group_id: bool,
    #[serde(default = "white")]
    pub ui_color: String,
    #[serde(default = "black")]
    pub ui_fgcolor: String,
    /// By their whole ids, in order.
    pub children: BTreeMap<String, Child>,
    #[serde(default)]
    pub upstream_group_ids: Vec<String>,
    #[serde(default)]
    pub downstream_group_ids: Vec<String>,
    #[serde(default)]
    pub upstream_task_ids: Vec<String>,
    #[serde(default)]
    pub downstream_task_ids: Vec<String>,
}

/// `["operator", its id]` or `["taskgroup", itself]`.
#[derive(Debug, Deserialize)]
#[serde(from = "(String, Value)")]
pub(super) enum Child {
    Task,
    Group(Box<Group>),
}

impl From<(String, Value)> for Child {
    fn from((_, content): (String, Value)) -> Self {
        serde_json::from_value(content).map_or(Self::Task, |group| Self::Group(Box::new(group)))
    }
}

impl Definition {
    pub(super) fn read(stored: &str) -> serde_json::Result<Self> {
        Ok(serde_json::from_str::<Document>(stored)?.dag)
    }

    pub(super) fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().map(|encoded| match encoded {
            Encoded::Enclosed { task } | Encoded::Plain(task) => task,
        })
    }

    /// The group that all tasks are in.
    pub(super) fn group(&self) -> Option<&Group> {
        self.group.as_ref()
    }

    pub(super) fn label(&self, source: &str, target: &str) -> Option<&str> {
        let info = self.edge_info.get(source)?.get(target)?;
        info.label.as_deref()
    }
}

impl Group {
    /// The tasks in it and in the groups in it.
    pub(super) fn task_ids(&self) -> Vec<&str> {
        let mut ids = Vec::new();
        for (id, child) in &self.children {
            match child {
                Child::Task => ids.push(id.as_str()),
                Child::Group(group) => ids.extend(group.task_ids()),
            }
        }
        ids
    }

    pub(super) fn has_join_before(&self) -> bool {
        !self.upstream_group_ids.is_empty() || !self.upstream_task_ids.is_empty()
    }

    pub(super) fn has_join_behind(&self) -> bool {
        !self.downstream_group_ids.is_empty() || !self.downstream_task_ids.is_empty()
    }
}

/// The node that stands for what a group follows.
pub(super) fn join_before(group_id: &str) -> String {
    format!("{group_id}.upstream_join_id")
}

/// The node that stands for what follows a group.
pub(super) fn join_behind(group_id: &str) -> String {
    format!("{group_id}.downstream_join_id")
}

fn white() -> String {
    "#fff".to_owned()
}

fn black() -> String {
    "#000".to_owned()
}

fn yes() -> bool {
    true
}
