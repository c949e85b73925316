//! Lines of a recording.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Line {
    #[serde(default)]
    pub(crate) case: String,
    #[serde(default)]
    pub(crate) key: String,
    #[serde(default)]
    pub(crate) channel: String,
    /// As it was on the wire.
    pub(crate) text: String,
}

pub(crate) fn lines(name: &str) -> Vec<Line> {
    let path = format!("{}/tests/recorded/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Line> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(!lines.is_empty(), "{path}");
    lines
}

pub(crate) fn line(name: &str, case: &str) -> Line {
    lines(name)
        .into_iter()
        .find(|line| line.case == case)
        .unwrap()
}

/// The text again with the order of its fields, which `serde_json::Value` keeps.
pub(crate) fn compact(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    value.to_string()
}
