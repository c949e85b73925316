//! Sizes of lists and objects, and what an object has to have.

use serde_json::{Map, Value};
use updraft_core::python::repr;

use super::{Rule, kinds::is_equal};

pub(super) fn reason(rule: Rule<'_>) -> Option<String> {
    match rule.value {
        Value::Array(items) => of_list(rule, items),
        Value::Object(fields) => of_object(rule, fields),
        _ => None,
    }
}

fn of_list(rule: Rule<'_>, items: &[Value]) -> Option<String> {
    let is = match rule.keyword {
        "minItems" if is_fewer(items.len(), rule.asked) => "is too short",
        "maxItems" if is_more(items.len(), rule.asked) => "is too long",
        "uniqueItems" if rule.asked == &Value::Bool(true) && has_repeated(items) => {
            "has non-unique elements"
        }
        _ => return None,
    };
    Some(format!("{} {is}", repr(rule.value)))
}

fn of_object(rule: Rule<'_>, fields: &Map<String, Value>) -> Option<String> {
    match (rule.keyword, rule.asked) {
        ("minProperties", least) if is_fewer(fields.len(), least) => Some(format!(
            "{} does not have enough properties",
            repr(rule.value)
        )),
        ("maxProperties", most) if is_more(fields.len(), most) => {
            Some(format!("{} has too many properties", repr(rule.value)))
        }
        ("required", Value::Array(names)) => {
            let name = missing(names, fields)?;
            Some(format!("{} is a required property", repr(name)))
        }
        ("dependentRequired", Value::Object(dependencies)) => dependencies
            .iter()
            .filter(|(name, _)| fields.contains_key(*name))
            .find_map(|(name, names)| {
                let missing = missing(names.as_array()?, fields)?;
                let name = Value::from(name.as_str());
                Some(format!(
                    "{} is a dependency of {}",
                    repr(missing),
                    repr(&name)
                ))
            }),
        _ => None,
    }
}

fn missing<'a>(names: &'a [Value], fields: &Map<String, Value>) -> Option<&'a Value> {
    names
        .iter()
        .find(|name| name.as_str().is_some_and(|name| !fields.contains_key(name)))
}

fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn is_fewer(count: usize, asked: &Value) -> bool {
    asked.as_u64().is_some_and(|least| size(count) < least)
}

fn is_more(count: usize, asked: &Value) -> bool {
    asked.as_u64().is_some_and(|most| size(count) > most)
}

fn has_repeated(items: &[Value]) -> bool {
    let is_repeated = |(index, item)| items[..index].iter().any(|other| is_equal(other, item));
    items.iter().enumerate().any(is_repeated)
}
