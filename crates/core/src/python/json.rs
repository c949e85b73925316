//! `json.dumps`.

use std::fmt::Write as _;

use serde_json::Value;

use super::number::number;

/// With a space after `,` and `:`, and everything outside of ASCII escaped.
pub fn dumps(value: &Value) -> String {
    let mut text = String::new();
    write(value, None, 0, &mut text);
    text
}

/// `json.dumps(value, indent=indent)`.
pub fn dumps_indented(value: &Value, indent: usize) -> String {
    let mut text = String::new();
    write(value, Some(indent), 0, &mut text);
    text
}

fn write(value: &Value, indent: Option<usize>, level: usize, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(value) => text.push_str(&number(value)),
        Value::String(string) => write_string(string, text),
        Value::Array(items) if items.is_empty() => text.push_str("[]"),
        Value::Object(map) if map.is_empty() => text.push_str("{}"),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, indent, level + 1, text);
                write(item, indent, level + 1, text);
            }
            close(']', indent, level, text);
        }
        Value::Object(map) => {
            text.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                separate(index, indent, level + 1, text);
                write_string(key, text);
                text.push_str(": ");
                write(item, indent, level + 1, text);
            }
            close('}', indent, level, text);
        }
    }
}

fn separate(index: usize, indent: Option<usize>, level: usize, text: &mut String) {
    match indent {
        None if index == 0 => {}
        None => text.push_str(", "),
        Some(indent) => {
            text.push_str(if index == 0 { "\n" } else { ",\n" });
            text.push_str(&" ".repeat(indent * level));
        }
    }
}

fn close(bracket: char, indent: Option<usize>, level: usize, text: &mut String) {
    if let Some(indent) = indent {
        text.push('\n');
        text.push_str(&" ".repeat(indent * level));
    }
    text.push(bracket);
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prints_as_python_does() {
        let value: Value =
            serde_json::from_str(r#"{"a":[1,2.5,null,true,{}],"ü":"x\"\\\n\u007f😀"}"#).unwrap();
        assert_eq!(
            dumps(&value),
            r#"{"a": [1, 2.5, null, true, {}], "\u00fc": "x\"\\\n\u007f\ud83d\ude00"}"#
        );
    }

    #[test]
    fn with_lines_and_indents() {
        assert_eq!(
            dumps_indented(&json!({"a": [1, []], "b": {}}), 2),
            "{\n  \"a\": [\n    1,\n    []\n  ],\n  \"b\": {}\n}"
        );
    }
}
