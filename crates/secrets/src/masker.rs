//! Keeps secrets out of logs.

use std::{borrow::Cow, collections::BTreeSet};

use regex::bytes::Regex as BytesRegex;
use serde_json::{Map, Value};

use crate::connection::{Connection, quote_password};

/// Parts of names that mark a value as a secret, in Airflow 2.10.5.
const SENSITIVE_NAMES: [&str; 12] = [
    "access_token",
    "api_key",
    "apikey",
    "authorization",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "secret",
    "token",
    "keyfile_dict",
    "service_account",
];

/// Deeper than this, values are taken to be harmless, as in Airflow.
const MAX_DEPTH: usize = 5;

const MASK: &str = "***";

/// Knows secrets, and replaces them by `***`.
#[derive(Clone)]
pub struct Masker {
    sensitive_names: Vec<String>,
    hides_by_name: bool,
    secrets: BTreeSet<String>,
    replacer: Option<BytesRegex>,
}

impl Masker {
    /// `sensitive_names` come in addition to Airflow's own.
    pub fn new(sensitive_names: &[String]) -> Self {
        let own = SENSITIVE_NAMES.iter().map(|name| (*name).to_owned());
        Self {
            sensitive_names: own.chain(sensitive_names.iter().cloned()).collect(),
            hides_by_name: true,
            secrets: BTreeSet::new(),
            replacer: None,
        }
    }

    /// With `[core] hide_sensitive_var_conn_fields` off, no name marks its value as a secret.
    #[must_use]
    pub fn hiding_by_name(mut self, hides_by_name: bool) -> Self {
        self.hides_by_name = hides_by_name;
        self
    }

    /// Whether a value of this name is a secret.
    pub fn should_hide_value_for_key(&self, name: &str) -> bool {
        let name = name.trim().to_lowercase();
        self.hides_by_name
            && self
                .sensitive_names
                .iter()
                .any(|part| name.contains(part.as_str()))
    }

    /// From now on, `secret` is masked wherever it stands. Empty text is ignored.
    pub fn add(&mut self, secret: &str) {
        if !secret.is_empty() && self.secrets.insert(secret.to_owned()) {
            self.rebuild();
        }
    }

    /// Adds `secret` if `name` marks it as one.
    pub fn add_named(&mut self, secret: &str, name: &str) {
        if self.should_hide_value_for_key(name) {
            self.add(secret);
        }
    }

    /// Adds the texts within `value` whose names mark them as secrets.
    pub fn add_value(&mut self, value: &Value, name: &str) {
        match value {
            Value::String(text) => self.add_named(text, name),
            Value::Array(items) => {
                for item in items {
                    self.add_value(item, name);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.add_value(item, key);
                }
            }
            _ => {}
        }
    }

    /// Adds the password, as it is and as it stands in a URI, and what is secret in `extra`.
    pub fn add_connection(&mut self, connection: &Connection) {
        if let Some(password) = &connection.password {
            self.add(password);
            self.add(&quote_password(password));
        }
        if let Some(extra) = connection.extra_object() {
            self.add_value(&Value::Object(extra), "");
        }
    }

    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.redact_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // The patterns are UTF-8, so cutting them out of UTF-8 leaves UTF-8.
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// As [`Self::redact`], for output whose encoding is not known.
    pub fn redact_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match &self.replacer {
            Some(replacer) => replacer.replace_all(bytes, MASK.as_bytes()),
            None => Cow::Borrowed(bytes),
        }
    }

    /// Masks the texts within `value`, all of them where `name` marks it as secret.
    pub fn redact_value(&self, value: &Value, name: &str) -> Value {
        self.redact_at(value, name, 0)
    }

    fn redact_at(&self, value: &Value, name: &str, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return value.clone();
        }
        if !name.is_empty() && self.should_hide_value_for_key(name) {
            return redact_all(value, depth);
        }
        match value {
            Value::String(text) => Value::String(self.redact(text).into_owned()),
            Value::Array(items) => items
                .iter()
                .map(|item| self.redact_at(item, "", depth + 1))
                .collect(),
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(key, item)| (key.clone(), self.redact_at(item, key, depth + 1)))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    /// Longer secrets come first, so that one that contains another is masked whole.
    fn rebuild(&mut self) {
        let mut patterns: Vec<String> = self
            .secrets
            .iter()
            .map(|text| regex::escape(text))
            .collect();
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.len()));
        self.replacer = BytesRegex::new(&patterns.join("|"))
            .inspect_err(|error| tracing::error!("secrets cannot be masked: {error}"))
            .ok();
    }
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Masker")
            .field("secrets", &self.secrets.len())
            .finish_non_exhaustive()
    }
}

fn redact_all(value: &Value, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::String(MASK.to_owned());
    }
    match value {
        Value::String(_) => Value::String(MASK.to_owned()),
        Value::Array(items) => items
            .iter()
            .map(|item| redact_all(item, depth + 1))
            .collect(),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, item)| (key.clone(), redact_all(item, depth + 1)))
                .collect::<Map<_, _>>(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("password", true)]
    #[case(" DB_PASSWORD_2 ", true)]
    #[case("my_api_key", true)]
    #[case("passwort", false)]
    #[case("company_pin", true)]
    #[case("", false)]
    fn names(#[case] name: &str, #[case] expected: bool) {
        let masker = Masker::new(&["pin".to_owned()]);
        assert_eq!(masker.should_hide_value_for_key(name), expected);
        assert!(!masker.hiding_by_name(false).should_hide_value_for_key(name));
    }

    #[test]
    fn longer_secrets_are_masked_whole() {
        let mut masker = Masker::new(&[]);
        for secret in ["abc", "abcdef", "a.c", ""] {
            masker.add(secret);
        }
        assert_eq!(masker.redact("abcdef abc a.c axc"), "*** *** *** axc");
        assert_eq!(masker.redact_bytes(b"\xffabc\xff").as_ref(), b"\xff***\xff");
    }

    #[test]
    fn values_by_name_and_by_content() {
        let mut masker = Masker::new(&[]);
        masker.add_value(
            &json!({"token": ["t1", {"x": "harmless"}], "user": "u"}),
            "",
        );
        assert_eq!(
            masker.redact_value(
                &json!({"a": "t1 harmless u", "secret": {"b": ["x", 1]}, "n": 1}),
                ""
            ),
            json!({"a": "*** harmless u", "secret": {"b": ["***", 1]}, "n": 1})
        );
    }

    #[test]
    fn connections() {
        let connection = Connection::from_uri("http://u:p%20w@h?api_key=k1&other=o1").unwrap();
        let mut masker = Masker::new(&[]);
        masker.add_connection(&connection);
        assert_eq!(masker.redact("p w, p%20w, k1, o1"), "***, ***, ***, o1");
        assert!(!format!("{connection:?} {masker:?}").contains("p w"));
    }
}
