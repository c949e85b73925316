//! The diagrams in the documentation show the tables.

use std::collections::BTreeSet;

use crate::state::{DagRunState, TaskInstanceState};

const DOCUMENT: &str = include_str!("../../../../../docs/state-machines.md");

/// The edges of the diagram under a heading: from, to, and who writes it.
fn edges(heading: &str) -> Vec<(&'static str, &'static str, &'static str)> {
    let (_, section) = DOCUMENT.split_once(heading).unwrap();
    let (_, diagram) = section.split_once("```mermaid").unwrap();
    let (diagram, _) = diagram.split_once("```").unwrap();
    let lines = diagram.lines().map(str::trim);
    lines
        .filter_map(|line| {
            let (edge, label) = line.split_once(": ")?;
            let (from, to) = edge.split_once(" --> ")?;
            Some((from, to, label))
        })
        .filter(|(from, _, _)| *from != "[*]")
        .collect()
}

fn task_instance_state(name: &str) -> TaskInstanceState {
    let text = (name != "none").then_some(name);
    TaskInstanceState::parse(text).unwrap_or_else(|| panic!("{name} is no state"))
}

#[test]
fn the_task_instance_diagram_shows_every_transition_and_no_other() {
    let drawn: BTreeSet<(TaskInstanceState, TaskInstanceState)> = edges("## Task instance")
        .into_iter()
        .filter(|(_, _, label)| !label.starts_with("person"))
        .map(|(from, to, _)| (task_instance_state(from), task_instance_state(to)))
        .collect();
    let all = TaskInstanceState::ALL;
    let table = all
        .into_iter()
        .flat_map(|from| all.into_iter().map(move |to| (from, to)))
        .filter(|(from, to)| from.may_become(*to))
        .collect();
    assert_eq!(drawn, table);
}

#[test]
fn the_dag_run_diagram_shows_every_state() {
    let edges = edges("## DAG run");
    let state = |name| DagRunState::parse(name).unwrap_or_else(|| panic!("{name} is no state"));
    for (from, to, label) in &edges {
        let by_person = label.starts_with("person");
        assert_eq!(by_person, state(from).is_finished(), "{from} --> {to}");
    }
    for known in DagRunState::ALL {
        let shown = edges
            .iter()
            .any(|(from, to, _)| *from == known.as_str() || *to == known.as_str());
        assert!(shown, "{known}");
    }
}
