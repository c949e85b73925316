//! Whether two serialized forms describe the same DAG although their hashes differ.
//!
//! Airflow's hash changes from process to process for some operators: a memory address in the
//! text of an object, template fields that come from a set. A new hash makes every scheduler check
//! all running runs of the DAG again, so a form is only replaced when the DAG really differs.

use std::borrow::Cow;

use serde_json::Value;

/// Compares the decoded forms. What is not JSON for us (NaN) counts as different.
pub(super) fn same_dag(stored: &[u8], new: &[u8]) -> bool {
    let decode = |text: &[u8]| serde_json::from_slice::<Value>(text).ok();
    match (decode(stored), decode(new)) {
        (Some(stored), Some(new)) => same(&stored, &new, None),
        _ => false,
    }
}

fn same(stored: &Value, new: &Value, key: Option<&str>) -> bool {
    match (stored, new) {
        (Value::Object(stored), Value::Object(new)) => {
            stored.len() == new.len()
                && stored
                    .iter()
                    .all(|(key, value)| new.get(key).is_some_and(|new| same(value, new, Some(key))))
        }
        (Value::Array(stored), Value::Array(new)) => {
            stored.len() == new.len()
                && (stored.iter().zip(new).all(|(a, b)| same(a, b, None))
                    || key == Some("template_fields") && same_names(stored, new))
        }
        (Value::String(stored), Value::String(new)) => {
            stored == new || without_addresses(stored) == without_addresses(new)
        }
        _ => stored == new,
    }
}

fn same_names(stored: &[Value], new: &[Value]) -> bool {
    let sorted = |values: &[Value]| {
        let mut names: Vec<String> = values.iter().map(Value::to_string).collect();
        names.sort();
        names
    };
    sorted(stored) == sorted(new)
}

/// `<Thing object at 0x7f…>` without the digits.
fn without_addresses(text: &str) -> Cow<'_, str> {
    const MARK: &str = " at 0x";
    if !text.contains(MARK) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(MARK);
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push_str(MARK);
        result.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_hexdigit()));
    }
    Cow::Owned(result)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#"{"a": 1, "b": [1, 2]}"#, r#"{"b":[1,2],"a":1}"#, true)]
    #[case(r#"{"a": 1}"#, r#"{"a": 2}"#, false)]
    #[case(r#"{"a": 1}"#, r#"{"a": 1, "b": null}"#, false)]
    #[case(r"[1, 2]", r"[2, 1]", false)]
    #[case(
        r#"{"template_fields": ["a", "b"]}"#,
        r#"{"template_fields": ["b", "a"]}"#,
        true
    )]
    #[case(
        r#"{"template_fields": ["a", "b"]}"#,
        r#"{"template_fields": ["a", "c"]}"#,
        false
    )]
    #[case(
        r#"["<x.NOTSET object at 0x7f12ab>"]"#,
        r#"["<x.NOTSET object at 0x7e00>"]"#,
        true
    )]
    #[case(r#"["<x object at 0x7f>"]"#, r#"["<y object at 0x7f>"]"#, false)]
    #[case(r"NaN", r"NaN", false)]
    fn compares(#[case] stored: &str, #[case] new: &str, #[case] expected: bool) {
        assert_eq!(same_dag(stored.as_bytes(), new.as_bytes()), expected);
    }
}
