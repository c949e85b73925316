//! What Python's `json` writes and JSON does not have.

use std::borrow::Cow;

/// Python's JSON as strict JSON: `NaN` and infinities become null, halves of a surrogate pair
/// that stand alone become U+FFFD. Only what is not needed for scheduling can hold them.
pub(super) fn to_strict(text: &str) -> Cow<'_, str> {
    let suspicious = ["NaN", "Infinity", "\\ud", "\\uD"];
    if !suspicious.iter().any(|pattern| text.contains(pattern)) {
        return Cow::Borrowed(text);
    }
    let mut strict = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(quote) = rest.find('"') {
        let (outside, string_on) = rest.split_at(quote);
        push_without_constants(&mut strict, outside);
        let (string, behind) = string_on.split_at(string_length(string_on));
        push_without_lone_surrogates(&mut strict, string);
        rest = behind;
    }
    push_without_constants(&mut strict, rest);
    Cow::Owned(strict)
}

/// Length in bytes of the string literal at the start of the text, its quotes included.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (position, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return position + 1,
            _ => {}
        }
    }
    text.len()
}

fn push_without_constants(strict: &mut String, outside: &str) {
    if !outside.contains(['N', 'I']) {
        strict.push_str(outside);
        return;
    }
    let without = outside
        .replace("-Infinity", "null")
        .replace("Infinity", "null")
        .replace("NaN", "null");
    strict.push_str(&without);
}

fn push_without_lone_surrogates(strict: &mut String, string: &str) {
    let mut rest = string;
    while let Some(escape) = rest.find('\\') {
        let (before, from) = rest.split_at(escape);
        strict.push_str(before);
        let length = match (surrogate(from), from.get(6..).and_then(surrogate)) {
            (Some(Half::High), Some(Half::Low)) => 12,
            (Some(_), _) => {
                strict.push_str("\\ufffd");
                rest = from.get(6..).unwrap_or_default();
                continue;
            }
            // The character behind the backslash may be a backslash itself.
            (None, _) => 1 + from.chars().nth(1).map_or(0, char::len_utf8),
        };
        let (escape, behind) = from.split_at(length.min(from.len()));
        strict.push_str(escape);
        rest = behind;
    }
    strict.push_str(rest);
}

enum Half {
    High,
    Low,
}

/// Which half of a surrogate pair the escape at the start of the text stands for.
fn surrogate(text: &str) -> Option<Half> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    match u32::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Half::High),
        0xdc00..=0xdfff => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#"{"a": [NaN, -Infinity, Infinity]}"#, r#"{"a": [null, null, null]}"#)]
    #[case(r#"{"NaN": "Infinity \" NaN"}"#, r#"{"NaN": "Infinity \" NaN"}"#)]
    #[case(r#"["\ud83d\ude00", NaN]"#, r#"["\ud83d\ude00", null]"#)]
    #[case(
        r#"["\ud83d", "\ude00x", "\uD83d\u0041"]"#,
        r#"["\ufffd", "\ufffdx", "\ufffd\u0041"]"#
    )]
    #[case(r#"["\\ud83d", "\\\ud83d"]"#, r#"["\\ud83d", "\\\ufffd"]"#)]
    #[case(r#"{"plain": 1}"#, r#"{"plain": 1}"#)]
    #[case(r#"["\ud8"#, r#"["\ud8"#)]
    fn becomes_strict(#[case] python: &str, #[case] strict: &str) {
        assert_eq!(to_strict(python), strict);
    }
}
