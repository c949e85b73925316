//! Values in Python's notation.

use std::fmt::Write as _;

use super::Value;

/// Python's `repr()`.
pub(super) fn repr(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::None => text.push_str("None"),
        Value::Boolean(true) => text.push_str("True"),
        Value::Boolean(false) => text.push_str("False"),
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

/// In single quotes, except where only double quotes avoid an escape.
fn write_string(string: &str, text: &mut String) {
    let quote = if string.contains('\'') && !string.contains('"') {
        '"'
    } else {
        '\''
    };
    text.push(quote);
    for c in string.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c == quote => {
                text.push('\\');
                text.push(c);
            }
            c if c.is_control() => {
                // Writing into a `String` cannot fail.
                let _ = write!(text, "\\x{:02x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push(quote);
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("plain", "'plain'")]
    #[case("it's", "\"it's\"")]
    #[case("'\"", "'\\'\"'")]
    #[case("a\n\\\t\u{7}é", "'a\\n\\\\\\t\\x07é'")]
    fn strings(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(repr(&text.into()), expected);
    }
}
