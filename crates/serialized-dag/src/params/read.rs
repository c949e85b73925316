//! Parameters from the stored form.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Param;
use crate::{Error, python_json};

#[derive(Deserialize)]
struct EnvelopeJson {
    dag: DagJson,
}

#[derive(Deserialize)]
struct DagJson {
    #[serde(default)]
    params: Value,
}

/// The parameters in the content of `serialized_dag.data`.
pub fn read_params(json_text: &str) -> Result<Vec<Param>, Error> {
    let text = python_json::to_strict(json_text);
    let envelope: EnvelopeJson = serde_json::from_str(&text).map_err(Error::Structure)?;
    let named: Vec<(String, Value)> = match envelope.dag.params {
        // Older versions wrote an object.
        Value::Object(params) => params.into_iter().collect(),
        Value::Array(pairs) => pairs.into_iter().filter_map(pair).collect(),
        _ => Vec::new(),
    };
    Ok(named
        .into_iter()
        .map(|(name, param)| read(name, param))
        .collect())
}

fn pair(value: Value) -> Option<(String, Value)> {
    serde_json::from_value(value).ok()
}

fn read(name: String, param: Value) -> Param {
    match param {
        Value::Object(mut fields) if fields.contains_key("__class") => Param {
            name,
            default: fields.remove("default").and_then(given),
            schema: fields.remove("schema").map_or(Value::Null, unwrapped),
        },
        plain => Param {
            name,
            default: given(plain),
            schema: Value::Null,
        },
    }
}

fn given(value: Value) -> Option<Value> {
    (value["__type"] != "arg_not_set").then(|| unwrapped(value))
}

/// The value without the wrappers around what JSON does not have.
fn unwrapped(value: Value) -> Value {
    match value {
        Value::Object(mut fields) if fields.contains_key("__type") => {
            unwrapped(fields.remove("__var").unwrap_or_default())
        }
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(key, value)| (key, unwrapped(value)))
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(unwrapped).collect()),
        plain => plain,
    }
}
