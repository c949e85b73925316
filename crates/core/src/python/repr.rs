//! `repr()`.

use std::fmt::Write as _;

use serde_json::Value;

use super::number::number;

/// A value of JSON as Python shows what it was read into.
pub fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(value) => number(value),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", repr_list(items)),
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), repr(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// The values one after another, without brackets.
pub fn repr_list<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    let values: Vec<String> = values.into_iter().map(repr).collect();
    values.join(", ")
}

/// In single quotes, except where only double quotes avoid an escape.
fn quoted(string: &str) -> String {
    let quote = if string.contains('\'') && !string.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut text = String::from(quote);
    for c in string.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c == quote => text.extend(['\\', c]),
            c if c.is_control() => {
                // Writing into a `String` cannot fail.
                let _ = write!(text, "\\x{:02x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push(quote);
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("plain", "'plain'")]
    #[case("it's", "\"it's\"")]
    #[case("'\"", "'\\'\"'")]
    #[case("a\n\\\t\u{7}é", "'a\\n\\\\\\t\\x07é'")]
    fn strings(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(repr(&json!(text)), expected);
    }

    #[test]
    fn values() {
        let value = json!([null, true, 1, 2.0, {"a": []}]);
        assert_eq!(repr(&value), "[None, True, 1, 2.0, {'a': []}]");
    }
}
