//! Whether a run's configuration fits the parameters.

use regex::Regex;
use serde_json::{Map, Value};
use updraft_core::python::{repr, repr_list as list};

use super::Param;

/// A parameter has no value, or one that its schema refuses; in Airflow's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid input for param {name}: {reason}")]
pub struct InvalidParam {
    pub name: String,
    pub reason: String,
}

/// Checks what a run of that configuration would start with. Of JSON schema, the keywords about
/// types, choices, bounds, lengths, patterns, items and properties are known. What others ask for
/// (formats, combinations of schemas) only the task itself finds out, as it checks all once more.
pub fn check_params(params: &[Param], conf: &Map<String, Value>) -> Result<(), InvalidParam> {
    for param in params {
        let checked = match conf.get(&param.name).or(param.default.as_ref()) {
            None => Err("No value passed and Param has no default value".to_owned()),
            Some(value) => check(value, &param.schema),
        };
        checked.map_err(|reason| InvalidParam {
            name: param.name.clone(),
            reason,
        })?;
    }
    Ok(())
}

fn check(value: &Value, schema: &Value) -> Result<(), String> {
    let refused = [kind, choice, bounds, lengths, pattern, unique, required]
        .into_iter()
        .find_map(|rule| rule(value, schema));
    if let Some(reason) = refused {
        return Err(reason);
    }
    if let (Some(items), items_schema @ Value::Object(_)) = (value.as_array(), &schema["items"]) {
        for item in items {
            check(item, items_schema)?;
        }
    }
    if let (Value::Object(fields), Value::Object(schemas)) = (value, &schema["properties"]) {
        for (name, schema) in schemas {
            fields
                .get(name)
                .map_or(Ok(()), |value| check(value, schema))?;
        }
    }
    Ok(())
}

/// What Rust's regular expressions do not have (a look around) is left to the task.
fn pattern(value: &Value, schema: &Value) -> Option<String> {
    let (text, pattern) = (value.as_str()?, schema["pattern"].as_str()?);
    let is_match = Regex::new(pattern).map_or(true, |pattern| pattern.is_match(text));
    let shown = repr(&schema["pattern"]);
    (!is_match).then(|| format!("{} does not match {shown}", repr(value)))
}

fn unique(value: &Value, schema: &Value) -> Option<String> {
    let items = value.as_array()?;
    let is_repeated = |(index, item)| items[..index].iter().any(|other| is_equal(other, item));
    let is_asked = schema["uniqueItems"] == Value::Bool(true);
    (is_asked && items.iter().enumerate().any(is_repeated))
        .then(|| format!("{} has non-unique elements", repr(value)))
}

fn required(value: &Value, schema: &Value) -> Option<String> {
    let fields = value.as_object()?;
    let mut names = schema["required"].as_array()?.iter();
    let missing =
        names.find(|name| name.as_str().is_some_and(|name| !fields.contains_key(name)))?;
    Some(format!("{} is a required property", repr(missing)))
}

fn kind(value: &Value, schema: &Value) -> Option<String> {
    let names: Vec<&Value> = match &schema["type"] {
        Value::Null => return None,
        Value::Array(names) => names.iter().collect(),
        name => vec![name],
    };
    let fits = names
        .iter()
        .filter_map(|name| name.as_str())
        .any(|name| is_of(value, name));
    (!fits).then(|| format!("{} is not of type {}", repr(value), list(names)))
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

fn choice(value: &Value, schema: &Value) -> Option<String> {
    if let Some(choices) = schema["enum"].as_array()
        && !choices.iter().any(|choice| is_equal(choice, value))
    {
        return Some(format!("{} is not one of [{}]", repr(value), list(choices)));
    }
    let constant = schema.get("const")?;
    (!is_equal(constant, value)).then(|| format!("{} was expected", repr(constant)))
}

/// As Python compares: 1 and 1.0 are equal.
fn is_equal(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.to_bits() == other.to_bits(),
        _ => one == other,
    }
}

fn bounds(value: &Value, schema: &Value) -> Option<String> {
    let number = value.as_f64()?;
    let bound = |keyword: &str| schema[keyword].as_f64();
    let (keyword, reason) = if bound("minimum").is_some_and(|least| number < least) {
        ("minimum", "is less than the minimum of")
    } else if bound("maximum").is_some_and(|most| number > most) {
        ("maximum", "is greater than the maximum of")
    } else if bound("exclusiveMinimum").is_some_and(|least| number <= least) {
        (
            "exclusiveMinimum",
            "is less than or equal to the minimum of",
        )
    } else if bound("exclusiveMaximum").is_some_and(|most| number >= most) {
        (
            "exclusiveMaximum",
            "is greater than or equal to the maximum of",
        )
    } else {
        return None;
    };
    Some(format!(
        "{} {reason} {}",
        repr(value),
        repr(&schema[keyword])
    ))
}

fn lengths(value: &Value, schema: &Value) -> Option<String> {
    let (length, least, most) = match value {
        Value::String(text) => (text.chars().count(), "minLength", "maxLength"),
        Value::Array(items) => (items.len(), "minItems", "maxItems"),
        _ => return None,
    };
    let length = u64::try_from(length).ok()?;
    if schema[least].as_u64().is_some_and(|least| length < least) {
        return Some(format!("{} is too short", repr(value)));
    }
    let is_longer = schema[most].as_u64().is_some_and(|most| length > most);
    is_longer.then(|| format!("{} is too long", repr(value)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::no_schema(json!(null), json!(5), None)]
    #[case::a_type(json!({"type": "integer"}), json!("x"), Some("'x' is not of type 'integer'"))]
    #[case::no_number(json!({"type": "number"}), json!(true), Some("True is not of type 'number'"))]
    #[case::whole(json!({"type": "integer"}), json!(5.0), None)]
    #[case::types(json!({"type": ["null", "string"]}), json!(5), Some("5 is not of type 'null', 'string'"))]
    #[case::one_of_the_types(json!({"type": ["null", "string"]}), json!(null), None)]
    #[case::choices(json!({"enum": ["a", "b"]}), json!("c"), Some("'c' is not one of ['a', 'b']"))]
    #[case::constant(json!({"const": 1}), json!(2), Some("1 was expected"))]
    #[case::least(json!({"minimum": 0}), json!(-1), Some("-1 is less than the minimum of 0"))]
    #[case::most(json!({"maximum": 20}), json!(30), Some("30 is greater than the maximum of 20"))]
    #[case::below(
        json!({"exclusiveMaximum": 20}), json!(20), Some("20 is greater than or equal to the maximum of 20")
    )]
    #[case::short(json!({"minLength": 2}), json!("é"), Some("'é' is too short"))]
    #[case::long(json!({"maxItems": 1}), json!([1, 2]), Some("[1, 2] is too long"))]
    #[case::items(
        json!({"type": "array", "items": {"type": "string"}}), json!(["x", {"it's": null}]),
        Some("{\"it's\": None} is not of type 'string'")
    )]
    #[case::pattern(
        json!({"pattern": "^a+$"}), json!("ab"), Some("'ab' does not match '^a+$'")
    )]
    #[case::pattern_found(json!({"pattern": "b"}), json!("abc"), None)]
    #[case::look_around(json!({"pattern": "(?=x)"}), json!("a"), None)]
    #[case::unique(
        json!({"uniqueItems": true}), json!([1, 1.0]), Some("[1, 1.0] has non-unique elements")
    )]
    #[case::required(
        json!({"required": ["a"]}), json!({"b": 1}), Some("'a' is a required property")
    )]
    #[case::properties(
        json!({"properties": {"a": {"type": "string"}}}), json!({"a": 1}),
        Some("1 is not of type 'string'")
    )]
    #[case::unknown_keywords(json!({"format": "date", "section": "Choices"}), json!("x"), None)]
    fn checks(#[case] schema: Value, #[case] value: Value, #[case] expected: Option<&str>) {
        assert_eq!(check(&value, &schema).err().as_deref(), expected);
    }
}
