//! A DAG with a value that its column cannot hold.

use serde_json::{Map, Value};
use updraft_metadata_db::dag_processing::{DagColumns, ImportError};

use super::ParsedDag;

/// Longer values are cut.
const LONGEST_VALUE: usize = 80;

/// What a person is told about the message `envelope`, which could not be decoded because of
/// `error`.
pub(super) fn import_error(path: &str, envelope: &[u8], error: &serde_json::Error) -> ImportError {
    let fields: Map<String, Value> = serde_json::from_slice(envelope).unwrap_or_default();
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let subject = match text("dag_id") {
        Some(dag_id) => format!("The DAG {dag_id}"),
        None => "A DAG of the file".to_owned(),
    };
    let stacktrace = match fields.iter().find_map(misfit) {
        Some((name, value, reason)) => {
            format!("{subject} cannot be stored: its {name} is {value}, {reason}.")
        }
        None => format!(
            "{subject} cannot be stored: what its process told of it cannot be read ({error})."
        ),
    };
    ImportError {
        filename: text("fileloc").unwrap_or(path).to_owned(),
        stacktrace,
    }
}

/// The field by itself, as it is part of a DAG, with the reason why it cannot be decoded.
fn misfit((name, value): (&String, &Value)) -> Option<(String, String, String)> {
    let alone = || Value::from(Map::from_iter([(name.clone(), value.clone())]));
    let errors = [
        serde_json::from_value::<DagColumns>(alone()).err(),
        serde_json::from_value::<ParsedDag>(alone()).err(),
    ];
    let error = errors
        .into_iter()
        .flatten()
        .map(|error| error.to_string())
        // Everything else is missing here.
        .find(|error| !error.starts_with("missing field"))?;
    let reason = if error.ends_with("expected i32") {
        format!("not a whole number from {} to {}", i32::MIN, i32::MAX)
    } else {
        format!("which does not fit ({error})")
    };
    let mut value = value.to_string();
    if let Some((end, _)) = value.char_indices().nth(LONGEST_VALUE) {
        value.truncate(end);
        value.push('…');
    }
    Some((name.clone(), value, reason))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{ParsedFile, tests::dag_message};

    /// Field, value, and what is said of it.
    fn misfits() -> Vec<(&'static str, serde_json::Value, &'static str)> {
        vec![
            (
                "max_active_runs",
                json!(3_000_000_000_u64),
                "its max_active_runs is 3000000000, not",
            ),
            (
                "max_active_tasks",
                json!(null),
                "its max_active_tasks is null, not a whole number",
            ),
            (
                "max_active_tasks",
                json!(1.5),
                "its max_active_tasks is 1.5, not a whole number",
            ),
            (
                "max_consecutive_failed_dag_runs",
                json!("2"),
                "_runs is \"2\", not a whole number",
            ),
            (
                "description",
                json!(7),
                "its description is 7, which does not fit",
            ),
            (
                "tags",
                json!(["a", 1]),
                "its tags is [\"a\",1], which does not fit",
            ),
            (
                "owner_links",
                json!({"a": null}),
                "its owner_links is {\"a\":null}, which",
            ),
            (
                "catchup",
                json!("x".repeat(100)),
                "xxx…, which does not fit",
            ),
        ]
    }

    #[test]
    fn a_value_that_no_column_holds_is_named_and_the_other_dags_stay() {
        for (field, value, expected) in misfits() {
            let mut file = ParsedFile::new("/dags/a.py".to_owned());
            let mut bad = dag_message("bad");
            bad[field] = value;
            file.add(bad.to_string().as_bytes(), Vec::new());
            file.add(dag_message("good").to_string().as_bytes(), Vec::new());
            let ids: Vec<_> = file.dags.iter().map(|dag| &dag.columns.dag_id).collect();
            assert_eq!(ids, ["good"], "{field}");
            let [error] = file.import_errors.as_slice() else {
                panic!("{field}: {:?}", file.import_errors)
            };
            assert_eq!(error.filename, "/dags/a.py");
            assert!(
                error
                    .stacktrace
                    .starts_with("The DAG bad cannot be stored: ")
            );
            assert!(
                error.stacktrace.contains(expected),
                "{field}: {}",
                error.stacktrace
            );
        }
    }

    #[test]
    fn a_file_has_one_error_that_tells_of_all_its_dags() {
        let mut file = ParsedFile::new("/dags/a.py".to_owned());
        for dag_id in ["one", "two"] {
            let mut bad = dag_message(dag_id);
            bad["max_active_runs"] = json!(null);
            file.add(bad.to_string().as_bytes(), Vec::new());
        }
        let [error] = file.import_errors.as_slice() else {
            panic!("{:?}", file.import_errors)
        };
        for dag_id in ["The DAG one cannot", "The DAG two cannot"] {
            assert!(error.stacktrace.contains(dag_id), "{}", error.stacktrace);
        }
    }

    #[test]
    fn other_messages_that_cannot_be_read_are_errors_of_the_file() {
        for message in [
            "{",
            "{\"type\": \"import_error\"}",
            "[]",
            "{\"type\": \"dag\"}",
        ] {
            let mut file = ParsedFile::new("/dags/a.py".to_owned());
            file.add(message.as_bytes(), Vec::new());
            assert_eq!(file.import_errors.len(), 1, "{message}");
            assert_eq!(file.import_errors[0].filename, "/dags/a.py");
        }
    }
}
