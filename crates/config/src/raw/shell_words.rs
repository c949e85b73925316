//! Words of a command line, as Python's `shlex.split` cuts them.

/// The words of `text`, or a message where a quote or an escape is not closed.
pub(crate) fn split(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\\' => {
                let escaped = chars.next().ok_or("nothing follows the last backslash")?;
                word.get_or_insert_default().push(escaped);
            }
            '\'' => quoted(&mut chars, '\'', word.get_or_insert_default())?,
            '"' => quoted(&mut chars, '"', word.get_or_insert_default())?,
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Only between double quotes does a backslash escape, and only a quote or another backslash.
fn quoted(
    chars: &mut std::str::Chars<'_>,
    quote: char,
    word: &mut String,
) -> Result<(), &'static str> {
    loop {
        match chars.next().ok_or("a quote is not closed")? {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => match chars.next().ok_or("a quote is not closed")? {
                c @ ('"' | '\\') => word.push(c),
                c => {
                    word.push('\\');
                    word.push(c);
                }
            },
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a  b\tc", &["a", "b", "c"])]
    #[case("bash -c 'echo \"x y\"'", &["bash", "-c", "echo \"x y\""])]
    #[case(r#"a "b \"c\" \d" e"#, &["a", r#"b "c" \d"#, "e"])]
    #[case(r"a\ b", &["a b"])]
    #[case("a'b'\"c\"", &["abc"])]
    #[case("'' x", &["", "x"])]
    #[case("a # b", &["a", "#", "b"])]
    #[case("", &[])]
    fn splits(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(split(text).unwrap(), expected);
    }

    #[rstest]
    #[case("a 'b")]
    #[case("a \"b\\")]
    #[case("a\\")]
    fn refuses(#[case] text: &str) {
        assert!(split(text).is_err());
    }
}
