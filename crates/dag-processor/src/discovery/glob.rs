//! Patterns of `.gitignore`'s language, for `[core] dag_ignore_file_syntax = glob`.

use regex::Regex;

/// One pattern as an expression over a path relative to wherever the pattern counts from.
#[derive(Clone, Debug)]
pub(super) struct GlobPattern {
    pub(super) regex: Regex,
    /// `false` for a pattern that starts with `!`: it takes matching paths back in.
    pub(super) ignores: bool,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum GlobError {
    #[error("the pattern ends with a backslash")]
    DanglingEscape,
    #[error("the pattern is empty")]
    Empty,
    #[error("not a valid pattern")]
    Regex(#[from] regex::Error),
}

/// Translates `pattern`; `None` where it says nothing (blank, comment).
pub(super) fn translate(pattern: &str) -> Result<Option<GlobPattern>, GlobError> {
    let pattern = if pattern.ends_with("\\ ") {
        pattern.trim_start()
    } else {
        pattern.trim()
    };
    if pattern.is_empty() || pattern == "/" || pattern.starts_with('#') {
        return Ok(None);
    }
    let (pattern, ignores) = match pattern.strip_prefix('!') {
        Some(rest) => (rest, false),
        None => (pattern, true),
    };
    let regex = Regex::new(&expression(pattern)?)?;
    Ok(Some(GlobPattern { regex, ignores }))
}

fn expression(pattern: &str) -> Result<String, GlobError> {
    let mut segments: Vec<&str> = pattern.split('/').collect();
    segments.dedup_by(|next, previous| *next == "**" && *previous == "**");
    if segments == ["**", ""] {
        return Ok("^.+/.*$".to_owned());
    }
    if segments[0].is_empty() {
        segments.remove(0);
    } else if (segments.len() == 1 || segments[1..] == [""]) && segments[0] != "**" {
        // Without a slash in front of its end a pattern holds at any depth.
        segments.insert(0, "**");
    }
    if segments.is_empty() {
        return Err(GlobError::Empty);
    }
    let end = segments.len() - 1;
    if end > 0 && segments[end].is_empty() {
        segments[end] = "**";
    }

    let mut output = String::from("^");
    let mut needs_slash = false;
    for (position, segment) in segments.iter().enumerate() {
        match *segment {
            "**" if position == 0 && position == end => output.push_str("[^/]+(?:/.*)?"),
            "**" if position == 0 => output.push_str("(?:.+/)?"),
            "**" if position == end => output.push_str("/.*"),
            "**" => {
                output.push_str("(?:/.+)?");
                needs_slash = true;
            }
            segment => {
                if needs_slash {
                    output.push('/');
                }
                if segment == "*" {
                    output.push_str("[^/]+");
                } else {
                    output.push_str(&segment_expression(segment)?);
                }
                if position == end {
                    // What matches a folder matches everything below it.
                    output.push_str("(?:/.*)?");
                }
                needs_slash = true;
            }
        }
    }
    output.push('$');
    Ok(output)
}

fn segment_expression(segment: &str) -> Result<String, GlobError> {
    let characters: Vec<char> = segment.chars().collect();
    let mut output = String::new();
    let mut position = 0;
    while let Some(&character) = characters.get(position) {
        position += 1;
        match character {
            '\\' => {
                let escaped = characters.get(position).ok_or(GlobError::DanglingEscape)?;
                push_literal(&mut output, *escaped);
                position += 1;
            }
            '*' => output.push_str("[^/]*"),
            '?' => output.push_str("[^/]"),
            '[' => match class_end(&characters, position) {
                Some(end) => {
                    push_class(&mut output, &characters[position..end]);
                    position = end + 1;
                }
                None => output.push_str("\\["),
            },
            other => push_literal(&mut output, other),
        }
    }
    Ok(output)
}

/// Position of the bracket that closes the class which starts at `start`.
fn class_end(characters: &[char], start: usize) -> Option<usize> {
    let mut position = start;
    if matches!(characters.get(position), Some('!' | '^')) {
        position += 1;
    }
    if characters.get(position) == Some(&']') {
        position += 1;
    }
    (position..characters.len()).find(|&index| characters[index] == ']')
}

fn push_class(output: &mut String, content: &[char]) {
    output.push('[');
    let content = match content.first() {
        Some('!' | '^') => {
            output.push('^');
            &content[1..]
        }
        _ => content,
    };
    for (position, &character) in content.iter().enumerate() {
        let is_range = character == '-' && position > 0 && position + 1 < content.len();
        if is_range {
            output.push('-');
        } else {
            push_literal(output, character);
        }
    }
    output.push(']');
}

fn push_literal(output: &mut String, character: char) {
    output.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
}
