//! `type`, `enum` and `const`.

use serde_json::{Number, Value};
use updraft_core::python::{repr, repr_list as list};

use super::Rule;

pub(super) fn reason(rule: Rule<'_>) -> Option<String> {
    let (asked, value) = (rule.asked, rule.value);
    match (rule.keyword, asked) {
        ("type", _) if !fits(value, asked) => {
            let names = names(asked);
            Some(format!("{} is not of type {}", repr(value), list(names)))
        }
        ("enum", Value::Array(choices))
            if !choices.iter().any(|choice| is_equal(choice, value)) =>
        {
            Some(format!("{} is not one of [{}]", repr(value), list(choices)))
        }
        ("const", _) if !is_equal(asked, value) => Some(format!("{} was expected", repr(asked))),
        _ => None,
    }
}

fn names(asked: &Value) -> Vec<&Value> {
    match asked {
        Value::Array(names) => names.iter().collect(),
        name => vec![name],
    }
}

/// Whether the value is of a type, or of one of several.
pub(super) fn fits(value: &Value, asked: &Value) -> bool {
    names(asked)
        .into_iter()
        .filter_map(Value::as_str)
        .any(|name| is_of(value, name))
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64()
                || value.is_u64()
                || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        "array" => value.is_array(),
        "object" => value.is_object(),
        // No such type: whoever wrote it is told by Airflow when the DAG is parsed.
        _ => true,
    }
}

/// As JSON schema compares: 1 and 1.0 are equal, 1 and true are not.
pub(super) fn is_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => is_equal_number(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| {
                    other.get(name).is_some_and(|other| is_equal(value, other))
                })
        }
        _ => one == other,
    }
}

fn is_equal_number(one: &Number, other: &Number) -> bool {
    one == other || (one.is_f64() != other.is_f64() && one.as_f64() == other.as_f64())
}
