//! Values against JSON schemas of draft 2020-12, as the package jsonschema, which Airflow uses, checks
//! them, with the formats that it knows beside Airflow.
//!
//! Left to the task, which checks all once more: `unevaluatedItems`, `unevaluatedProperties`, references
//! to other documents, the format `idn-hostname`, and regular expressions that Rust does not have
//! (looking around, back references).

mod collections;
mod formats;
mod kinds;
mod nested;
mod numbers;
mod refusal;
#[cfg(test)]
mod tests;
mod texts;

use serde_json::{Map, Value};

pub(super) use refusal::Refusal;

/// Why the schema refuses the value: of several reasons the one that jsonschema would name.
pub(super) fn refusal(value: &Value, schema: &Value) -> Option<Refusal> {
    let checker = Checker {
        root: schema,
        references: 0,
    };
    let refusal = refusal::best(checker.refusals(value, schema))?;
    // Airflow takes dates in other forms than that of RFC 3339, with a warning.
    let is_date = refusal.is_of_date_time
        && value
            .as_str()
            .is_some_and(formats::is_date_time_of_iso_8601);
    (!is_date).then_some(refusal)
}

/// A schema within which references begin anew would be followed for ever.
const MOST_REFERENCES: u8 = 100;

#[derive(Clone, Copy)]
struct Checker<'a> {
    root: &'a Value,
    /// How many references lead here.
    references: u8,
}

/// A keyword of a schema, and the value that it is about.
#[derive(Clone, Copy)]
struct Rule<'a> {
    keyword: &'a str,
    asked: &'a Value,
    schema: &'a Map<String, Value>,
    value: &'a Value,
}

impl Checker<'_> {
    fn refusals(self, value: &Value, schema: &Value) -> Vec<Refusal> {
        match schema {
            Value::Object(schema) => schema
                .iter()
                .flat_map(|(keyword, asked)| {
                    self.refusals_of(Rule {
                        keyword,
                        asked,
                        schema,
                        value,
                    })
                })
                .collect(),
            Value::Bool(false) => vec![Refusal::of_false(value)],
            _ => Vec::new(),
        }
    }

    fn refusals_of(self, rule: Rule<'_>) -> Vec<Refusal> {
        let reason = kinds::reason(rule)
            .or_else(|| numbers::reason(rule))
            .or_else(|| texts::reason(rule))
            .or_else(|| collections::reason(rule));
        match reason {
            Some(reason) => vec![Refusal::new(rule, reason)],
            None => self.nested_refusals(rule),
        }
    }

    fn accepts(self, value: &Value, schema: &Value) -> bool {
        self.refusals(value, schema).is_empty()
    }
}
