//! Against what was recorded from Airflow and jsonschema, and what is told.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Refusal, refusal, refusal::Step};

/// Schema, value, and the keyword that refuses it with the path to what it refuses.
type Recorded = (Value, Value, Option<(String, Vec<Value>)>);

fn path(refusal: &Refusal) -> Vec<Value> {
    let step = |step: &Step| match step {
        Step::Index(index) => Value::from(*index),
        Step::Name(name) => Value::from(name.as_str()),
    };
    refusal.path.iter().map(step).collect()
}

#[test]
fn refuses_what_airflow_refuses_by_the_same_rule() {
    let rows: Vec<Recorded> =
        serde_json::from_str(include_str!("../../../tests/vectors/params.json")).unwrap();
    assert!(rows.len() > 700, "{}", rows.len());
    for (schema, value, expected) in rows {
        let found = refusal(&value, &schema);
        // Jsonschema forgets where the schema `false` stood.
        let path = |found: &Refusal| {
            if found.keyword == "false" {
                Vec::new()
            } else {
                path(found)
            }
        };
        let found = found.map(|refusal| (refusal.keyword.clone(), path(&refusal)));
        assert_eq!(found, expected, "{value} by {schema}");
    }
}

#[rstest]
#[case::a_type(json!({"type": "integer"}), json!("x"), "'x' is not of type 'integer'")]
#[case::types(json!({"type": ["null", "string"]}), json!(5), "5 is not of type 'null', 'string'")]
#[case::choices(json!({"enum": ["a", "b"]}), json!("c"), "'c' is not one of ['a', 'b']")]
#[case::constant(json!({"const": 1}), json!(true), "1 was expected")]
#[case::least(json!({"minimum": 0}), json!(-1), "-1 is less than the minimum of 0")]
#[case::below(
    json!({"exclusiveMaximum": 20}), json!(20), "20 is greater than or equal to the maximum of 20"
)]
#[case::multiple(json!({"multipleOf": 0.5}), json!(1.3), "1.3 is not a multiple of 0.5")]
#[case::short(json!({"minLength": 2}), json!("é"), "'é' is too short")]
#[case::pattern(json!({"pattern": "^a+$"}), json!("ab"), "'ab' does not match '^a+$'")]
#[case::format(json!({"format": "date"}), json!("soon"), "'soon' is not a 'date'")]
#[case::unique(json!({"uniqueItems": true}), json!([1, 1.0]), "[1, 1.0] has non-unique elements")]
#[case::required(json!({"required": ["a"]}), json!({"b": 1}), "'a' is a required property")]
#[case::unexpected(
    json!({"properties": {"a": {}}, "additionalProperties": false}), json!({"c": 1, "a": 1, "b": 2}),
    "Additional properties are not allowed ('b', 'c' were unexpected)"
)]
#[case::nested(
    json!({"items": {"properties": {"it's": {"type": "string"}}}}), json!([{}, {"it's": null}]),
    "None is not of type 'string' (at [1][\"it's\"])"
)]
#[case::nearest(
    json!({"anyOf": [{"type": "integer", "minimum": 3}, {"type": "string"}]}), json!(2),
    "2 is less than the minimum of 3"
)]
#[case::none_of_several(
    json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}), json!("x"),
    "'x' is not valid under any of the given schemas"
)]
#[case::both(
    json!({"oneOf": [{"type": "integer"}, {"minimum": 3}]}), json!(5),
    "5 is valid under each of {'type': 'integer'}, {'minimum': 3}"
)]
#[case::forbidden(json!({"not": {"type": "null"}}), json!(null), "None should not be valid under {'type': 'null'}")]
fn tells_the_value_and_the_rule(
    #[case] schema: Value,
    #[case] value: Value,
    #[case] expected: &str,
) {
    assert_eq!(refusal(&value, &schema).unwrap().to_string(), expected);
}

#[rstest]
#[case::look_around(json!({"pattern": "(?=x)"}), json!("a"))]
#[case::another_document(json!({"$ref": "https://example.com/schema"}), json!("a"))]
#[case::a_circle(json!({"$ref": "#"}), json!("a"))]
#[case::not_known(json!({"unevaluatedProperties": false}), json!({"a": 1}))]
fn leaves_to_the_task(#[case] schema: Value, #[case] value: Value) {
    assert!(refusal(&value, &schema).is_none());
}
