//! `$NAME`, `${NAME}`, `~` and `~user` in values, as Python's `os.path` expands them.

use std::collections::BTreeMap;

/// Python would go on for ever where a variable contains itself and something more.
const MAX_ROUNDS: usize = 100;

/// Expands variables and the home directory, again and again, until nothing changes.
pub(crate) fn expand(text: &str, environment: &BTreeMap<String, String>) -> String {
    let mut value = text.to_owned();
    for _ in 0..MAX_ROUNDS {
        let expanded = expand_user(&expand_variables(&value, environment), environment);
        if expanded == value {
            break;
        }
        value = expanded;
    }
    value
}

fn expand_variables(text: &str, environment: &BTreeMap<String, String>) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        value.push_str(before);
        let (name, length) = variable_name(after);
        if let Some(content) = environment.get(name).filter(|_| length > 0) {
            value.push_str(content);
        } else {
            value.push('$');
            value.push_str(&after[..length]);
        }
        rest = &after[length..];
    }
    value.push_str(rest);
    value
}

/// The name that begins `text`, which follows a `$`, and how many bytes of `text` it takes.
fn variable_name(text: &str) -> (&str, usize) {
    if let Some(inner) = text.strip_prefix('{') {
        return inner
            .split_once('}')
            .map_or(("", 0), |(name, _)| (name, name.len() + 2));
    }
    let length = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    (&text[..length], length)
}

fn expand_user(text: &str, environment: &BTreeMap<String, String>) -> String {
    let Some(after) = text.strip_prefix('~') else {
        return text.to_owned();
    };
    let (user, rest) = after
        .find('/')
        .map_or((after, ""), |index| after.split_at(index));
    match home_of(user, environment) {
        Some(home) => {
            let home = home.trim_end_matches('/');
            let path = format!("{home}{rest}");
            if path.is_empty() {
                "/".to_owned()
            } else {
                path
            }
        }
        None => text.to_owned(),
    }
}

fn home_of(user: &str, environment: &BTreeMap<String, String>) -> Option<String> {
    use nix::unistd::{User, getuid};
    let user = if user.is_empty() {
        if let Some(home) = environment.get("HOME") {
            return Some(home.clone());
        }
        User::from_uid(getuid())
    } else {
        User::from_name(user)
    };
    let user = user.ok().flatten()?;
    user.dir.into_os_string().into_string().ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("$A/b", "one/b")]
    #[case("${A}b", "oneb")]
    #[case("$Ab", "$Ab")]
    #[case("$NONE/${NONE}", "$NONE/${NONE}")]
    #[case("${A", "${A")]
    #[case("$NEST", "one!")]
    #[case("~/x", "/home/me/x")]
    #[case("~", "/home/me")]
    #[case("a~/x", "a~/x")]
    #[case("$TILDE/x", "/home/me/x")]
    #[case("~no_such_user_here/x", "~no_such_user_here/x")]
    #[case("~daemon/x", "/usr/sbin/x")]
    #[case("$", "$")]
    #[case("pa$$word", "pa$$word")]
    fn expands(#[case] text: &str, #[case] expected: &str) {
        let environment = [
            ("A", "one"),
            ("NEST", "$A!"),
            ("TILDE", "~"),
            ("HOME", "/home/me"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        assert_eq!(expand(text, &environment), expected);
    }

    #[test]
    fn a_variable_that_contains_itself_ends() {
        let environment = BTreeMap::from([("A".to_owned(), "$A x".to_owned())]);
        assert!(expand("$A", &environment).starts_with("$A x"));
    }
}
