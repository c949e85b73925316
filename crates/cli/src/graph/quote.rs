//! Names and texts of the language, as Python's `graphviz` writes them.

/// Words of the language itself, whatever their case.
const KEYWORDS: [&str; 6] = ["node", "edge", "graph", "digraph", "subgraph", "strict"];

/// In quotes unless it is a name, a number or HTML.
pub(super) fn quote(text: &str) -> String {
    let is_html = text.starts_with('<') && text.ends_with('>');
    if is_html {
        return text.to_owned();
    }
    let is_keyword = KEYWORDS.contains(&text.to_lowercase().as_str());
    if !is_keyword && (is_name(text) || is_number(text)) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for c in text.chars() {
        // One that is escaped already stays as it is.
        if c == '"' && backslashes % 2 == 0 {
            quoted.push('\\');
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// The end of an edge: a name, and a port behind a colon.
pub(super) fn quote_end(text: &str) -> String {
    let mut parts = text.splitn(3, ':');
    let node = quote(parts.next().unwrap_or_default());
    match (parts.next().filter(|port| !port.is_empty()), parts.next()) {
        (None, _) => node,
        (Some(port), None | Some("")) => format!("{node}:{}", quote(port)),
        (Some(port), Some(compass)) => format!("{node}:{}:{compass}", quote(port)),
    }
}

fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c == '_' || c.is_ascii_alphabetic();
    text.starts_with(is_letter) && text.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    is_digits(whole) && is_digits(fraction) && !(whole.is_empty() && fraction.is_empty())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("spam", "spam")]
    #[case("", "\"\"")]
    #[case("spam spam", "\"spam spam\"")]
    #[case("Node", "\"Node\"")]
    #[case("-4.2", "-4.2")]
    #[case(".42", ".42")]
    #[case("4.", "4.")]
    #[case("-", "\"-\"")]
    #[case("4a", "\"4a\"")]
    #[case("<b>", "<b>")]
    #[case("\"", "\"\\\"\"")]
    #[case("\\\"", "\"\\\"\"")]
    #[case("a.b", "\"a.b\"")]
    fn texts(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(quote(text), expected);
    }

    #[rstest]
    #[case("spam spam:eggs eggs", "\"spam spam\":\"eggs eggs\"")]
    #[case("spam:eggs:s", "spam:eggs:s")]
    #[case("spam", "spam")]
    fn ends(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(quote_end(text), expected);
    }
}
