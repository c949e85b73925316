use serde_json::{Map, Value};

use super::{Envelope, Malformed};

/// A call of a task, as a worker takes it from a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub id: String,
    /// What the registry is asked for.
    pub name: String,
    pub args: Vec<Value>,
    pub kwargs: Map<String, Value>,
    pub retries: u64,
    /// Not to be run before this instant, as ISO 8601.
    pub eta: Option<String>,
    /// Not to be run after this instant, as ISO 8601.
    pub expires: Option<String>,
    pub root_id: Option<String>,
    pub parent_id: Option<String>,
    /// The arguments as their sender shows them to people.
    pub args_repr: Option<String>,
    pub kwargs_repr: Option<String>,
    pub ignore_result: bool,
}

impl Task {
    pub(super) fn of(envelope: &Envelope) -> Result<Self, Malformed> {
        let headers = &envelope.headers;
        let optional = |name| {
            headers
                .get(name)
                .and_then(Value::as_str)
                .map(ToOwned::to_owned)
        };
        let (args, kwargs) = arguments(envelope.body()?)?;
        Ok(Self {
            name: optional("task").ok_or(Malformed::Missing("headers.task"))?,
            id: optional("id").ok_or(Malformed::Missing("headers.id"))?,
            args,
            kwargs,
            retries: headers.get("retries").and_then(Value::as_u64).unwrap_or(0),
            eta: optional("eta"),
            expires: optional("expires"),
            root_id: optional("root_id"),
            parent_id: optional("parent_id"),
            args_repr: optional("argsrepr"),
            kwargs_repr: optional("kwargsrepr"),
            ignore_result: headers
                .get("ignore_result")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        })
    }
}

/// `[args, kwargs, embed]`; the embedded callbacks may be null.
fn arguments(body: Value) -> Result<(Vec<Value>, Map<String, Value>), Malformed> {
    let Value::Array(parts) = body else {
        return Err(Malformed::BodyShape);
    };
    match <[Value; 3]>::try_from(parts) {
        Ok(
            [
                Value::Array(args),
                Value::Object(kwargs),
                Value::Object(_) | Value::Null,
            ],
        ) => Ok((args, kwargs)),
        _ => Err(Malformed::BodyShape),
    }
}
