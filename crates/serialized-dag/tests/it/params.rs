//! Parameters of the stored sample.

use serde_json::{Map, Value, json};
use updraft_serialized_dag::params::{Param, check_params, read_params};

fn sample() -> Vec<Param> {
    read_params(include_str!("../samples/params_dag.json")).unwrap()
}

fn refusal(conf: Value) -> Option<String> {
    let Value::Object(conf) = conf else {
        panic!("{conf}");
    };
    check_params(&sample(), &conf)
        .err()
        .map(|error| error.to_string())
}

#[test]
fn wrappers_are_taken_off() {
    let params = sample();
    let find = |name: &str| params.iter().find(|param| param.name == name).unwrap();
    assert_eq!(find("plain_int").default, Some(json!(5)));
    assert_eq!(find("plain_dict").default, Some(json!({"a": [1, 2]})));
    assert_eq!(find("nullable").default, Some(Value::Null));
    assert_eq!(find("required").default, None);
    assert_eq!(
        find("arr").schema,
        json!({"type": "array", "items": {"type": "string"}})
    );
}

#[test]
fn a_run_must_give_what_has_no_default() {
    assert_eq!(
        refusal(Value::Object(Map::new())).as_deref(),
        Some("Invalid input for param required: No value passed and Param has no default value")
    );
    assert_eq!(refusal(json!({"required": "here", "unknown": 1})), None);
    assert_eq!(
        refusal(json!({"required": "here", "typed": 21})).as_deref(),
        Some("Invalid input for param typed: 21 is greater than the maximum of 20")
    );
}

#[test]
fn older_forms_are_understood() {
    let text =
        r#"{"__version": 1, "dag": {"params": {"a": 1, "b": {"__class": "x", "default": 2}}}}"#;
    let params = read_params(text).unwrap();
    let defaults: Vec<_> = params.into_iter().map(|param| param.default).collect();
    assert_eq!(defaults, [Some(json!(1)), Some(json!(2))]);
    assert_eq!(read_params(r#"{"dag": {}}"#).unwrap(), []);
}
