//! Compares every option with what Airflow 2.10.5 was recorded to read.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;
use updraft_config::RawConfig;

#[test]
fn reads_what_airflow_reads() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let text = std::fs::read_to_string(vectors.join("tricky.json")).unwrap();
    let recorded: Value = serde_json::from_str(&text).unwrap();
    let mut environment: BTreeMap<String, String> =
        serde_json::from_value(recorded["environment"].clone()).unwrap();
    let file = vectors.join("tricky.cfg");
    environment.insert(
        "AIRFLOW_CONFIG".to_owned(),
        file.to_str().unwrap().to_owned(),
    );
    let raw = RawConfig::load(&environment).unwrap();
    let rows: Vec<(String, String, Option<String>)> =
        serde_json::from_value(recorded["values"].clone()).unwrap();
    let mut differences = Vec::new();
    for (section, key, expected) in &rows {
        let value = raw.get(section, key).unwrap().map(|value| value.text);
        if value != *expected {
            differences.push(format!("[{section}] {key}: {value:?}, not {expected:?}"));
        }
    }
    assert!(rows.len() > 300);
    assert_eq!(differences, Vec::<String>::new());
}
