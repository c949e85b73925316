use serde_json::Value;

/// A JSON value as Celery's `saferepr` shows it in Python: what `argsrepr` and events hold.
pub fn python_repr(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// At most `length` characters, the last three of them dots where something was left out.
pub fn shortened(text: String, length: usize) -> String {
    if text.chars().nth(length).is_none() {
        return text;
    }
    let kept: String = text.chars().take(length.saturating_sub(3)).collect();
    format!("{kept}...")
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("None"),
        Value::Bool(true) => text.push_str("True"),
        Value::Bool(false) => text.push_str("False"),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(content) => quote(content, text),
        Value::Array(items) => {
            text.push('[');
            separated(items, text, write);
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            separated(fields, text, |(name, value), text| {
                quote(name, text);
                text.push_str(": ");
                write(value, text);
            });
            text.push('}');
        }
    }
}

fn separated<T>(
    items: impl IntoIterator<Item = T>,
    text: &mut String,
    mut one: impl FnMut(T, &mut String),
) {
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            text.push_str(", ");
        }
        one(item, text);
    }
}

/// Celery leaves everything but the quote as it is, line breaks too.
fn quote(content: &str, text: &mut String) {
    text.push('\'');
    text.push_str(&content.replace('\'', "\\'"));
    text.push('\'');
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!([["airflow", "tasks"], null, true, 1.5]), "[['airflow', 'tasks'], None, True, 1.5]")]
    #[case(json!({"a": "it's"}), r"{'a': 'it\'s'}")]
    #[case(json!("\"so\"\n"), "'\"so\"\n'")]
    #[case(json!({}), "{}")]
    fn shows_as_python_does(#[case] value: Value, #[case] text: &str) {
        assert_eq!(python_repr(&value), text);
    }

    #[rstest]
    #[case("abcdef", 6, "abcdef")]
    #[case("abcdefg", 6, "abc...")]
    #[case("äöüßäöü", 6, "äöü...")]
    fn is_shortened(#[case] text: &str, #[case] length: usize, #[case] short: &str) {
        assert_eq!(shortened(text.to_owned(), length), short);
    }
}
