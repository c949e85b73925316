//! Nodes, groups and edges, line by line.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    definition::{Child, Definition, Group, Task, join_before, join_behind},
    edges::Edge,
    quote::{quote, quote_end},
};

/// Cornflower blue that lets through what is below.
const GROUP_COLOUR: &str = "#6495ed7f";

pub(super) fn text(definition: &Definition, edges: &BTreeSet<Edge>) -> String {
    let mut drawing = Drawing {
        tasks: definition
            .tasks()
            .map(|task| (task.id.as_str(), task))
            .collect(),
        text: String::new(),
    };
    let dag_id = definition.dag_id.as_str();
    drawing.line(0, &format!("digraph {} {{", quote(dag_id)));
    let rankdir = definition.orientation.as_deref().unwrap_or("LR");
    let graph = [("label", dag_id), ("labelloc", "t"), ("rankdir", rankdir)];
    drawing.line(1, &format!("graph [{}]", attributes(&graph)));
    if let Some(root) = definition.group() {
        drawing.children("", root, 1);
    }
    for (source, target) in edges {
        let label = definition.label(source, target);
        let label = label.map(|label| format!(" [label={}]", quote(label)));
        let (source, target) = (quote_end(source), quote_end(target));
        let label = label.unwrap_or_default();
        drawing.line(1, &format!("{source} -> {target}{label}"));
    }
    drawing.line(0, "}");
    // Stock prints the text, which ends with a line end, as a line.
    drawing.text
}

struct Drawing<'a> {
    tasks: BTreeMap<&'a str, &'a Task>,
    text: String,
}

impl Drawing<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        self.text.push_str(&"\t".repeat(depth));
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// The joins of a group, and what is in it.
    fn children(&mut self, group_id: &str, group: &Group, depth: usize) {
        if group.has_join_before() {
            self.join(&join_before(group_id), group, depth);
        }
        if group.has_join_behind() {
            self.join(&join_behind(group_id), group, depth);
        }
        for (id, child) in &group.children {
            match child {
                Child::Group(inner) => self.group(id, inner, depth),
                Child::Task => {
                    let strips = group.prefix_group_id && !group_id.is_empty();
                    let label = id.get(group_id.len() + 1..).filter(|_| strips);
                    self.task(id, label.unwrap_or(id), depth);
                }
            }
        }
    }

    fn group(&mut self, id: &str, group: &Group, depth: usize) {
        let name = quote(&format!("cluster_{id}"));
        self.line(depth, &format!("subgraph {name} {{"));
        let colour = colour(&group.ui_fgcolor);
        let label = group.label.as_deref().unwrap_or_default();
        let look = [
            ("color", colour.as_str()),
            ("fillcolor", GROUP_COLOUR),
            ("label", label),
            ("shape", "rectangle"),
            ("style", "filled"),
        ];
        self.line(depth + 1, &attributes(&look));
        self.children(id, group, depth + 1);
        self.line(depth, "}");
    }

    fn join(&mut self, id: &str, group: &Group, depth: usize) {
        let (line, fill) = (colour(&group.ui_fgcolor), colour(&group.ui_color));
        let look = [
            ("color", line.as_str()),
            ("fillcolor", fill.as_str()),
            ("height", "0.2"),
            ("label", ""),
            ("shape", "circle"),
            ("style", "filled,rounded"),
            ("width", "0.2"),
        ];
        self.line(depth, &format!("{} [{}]", quote(id), attributes(&look)));
    }

    fn task(&mut self, id: &str, label: &str, depth: usize) {
        let Some(task) = self.tasks.get(id) else {
            return;
        };
        let (line, fill) = (colour(&task.ui_fgcolor), colour(&task.ui_color));
        let look = [
            ("color", line.as_str()),
            ("fillcolor", fill.as_str()),
            ("label", task.display_name().unwrap_or(label)),
            ("shape", "rectangle"),
            ("style", "filled,rounded"),
        ];
        self.line(depth, &format!("{} [{}]", quote(id), attributes(&look)));
    }
}

fn attributes(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", quote(value)))
        .collect();
    pairs.join(" ")
}

/// Graphviz knows `#RRGGBB` and no `#RGB`.
fn colour(text: &str) -> String {
    match text.strip_prefix('#') {
        Some(digits) if digits.chars().count() == 3 => {
            digits.chars().fold(String::from("#"), |mut text, digit| {
                text.extend([digit, digit]);
                text
            })
        }
        _ => text.to_owned(),
    }
}
