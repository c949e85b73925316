//! Lengths, patterns and formats of text.

use regex::Regex;
use serde_json::Value;
use updraft_core::python::repr;

use super::{Rule, formats};

pub(super) fn reason(rule: Rule<'_>) -> Option<String> {
    let text = rule.value.as_str()?;
    let is = match (rule.keyword, rule.asked) {
        ("minLength", Value::Number(least)) if length(text) < least.as_u64()? => "is too short",
        ("maxLength", Value::Number(most)) if length(text) > most.as_u64()? => "is too long",
        ("pattern", Value::String(pattern)) if !matches(pattern, text) => "does not match",
        ("format", Value::String(format)) if !formats::has(format, text) => "is not a",
        _ => return None,
    };
    let asked = match rule.asked {
        Value::String(_) => format!(" {}", repr(rule.asked)),
        _ => String::new(),
    };
    Some(format!("{} {is}{asked}", repr(rule.value)))
}

fn length(text: &str) -> u64 {
    u64::try_from(text.chars().count()).unwrap_or(u64::MAX)
}

/// What Rust's regular expressions do not have is left to the task.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).map_or(true, |pattern| pattern.is_match(text))
}
