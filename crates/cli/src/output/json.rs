//! `-o json`: one line, as Python's `json.dumps` writes it.

use std::fmt::Write as _;

use super::{Record, Value};

pub(super) fn render(rows: &[Record]) -> String {
    let rows = rows
        .iter()
        .map(|row| Value::Map(row.clone()).normalized())
        .collect();
    let mut text = String::new();
    write(&Value::List(rows), &mut text);
    text.push('\n');
    text
}

/// The value in the form of `json.dumps`, without a line end.
pub(crate) fn json_text(json: &serde_json::Value) -> String {
    let mut text = String::new();
    write(&Value::from(json.clone()), &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::None => text.push_str("null"),
        Value::Boolean(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Integer(number) => text.push_str(&number.to_string()),
        Value::Float(number) => drop(write!(text, "{number:?}")),
        Value::Text(string) => write_string(string, text),
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, text);
                write(item, text);
            }
            text.push(']');
        }
        Value::Map(items) => {
            text.push('{');
            for (index, (key, item)) in items.iter().enumerate() {
                separate(index, text);
                write_string(key, text);
                text.push_str(": ");
                write(item, text);
            }
            text.push('}');
        }
    }
}

fn separate(index: usize, text: &mut String) {
    if index > 0 {
        text.push_str(", ");
    }
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            ' '..='~' => text.push(c),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing into a `String` cannot fail.
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text.push('"');
}
