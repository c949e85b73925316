//! A connection from a JSON object.

use serde_json::{Map, Value};
use updraft_core::python::dumps;

use super::{Connection, ConnectionError, normalize_conn_type};

impl Connection {
    /// `{"conn_type": …, "host": …, "extra": {…}}`; `extra` is text or a value.
    pub fn from_json(text: &str) -> Result<Self, ConnectionError> {
        Self::from_json_value(serde_json::from_str(text).map_err(|_| ConnectionError::Json)?)
    }

    /// As [`Self::from_json`], of a value that is parsed already.
    pub fn from_json_value(value: Value) -> Result<Self, ConnectionError> {
        let Value::Object(map) = value else {
            return Err(ConnectionError::Json);
        };
        let mut connection = Self::from_map(map)?;
        connection.conn_type = connection
            .conn_type
            .as_deref()
            .filter(|conn_type| !conn_type.is_empty())
            .map(normalize_conn_type);
        Ok(connection)
    }

    /// As [`Self::from_json`], with the connection type as it is written.
    pub(crate) fn from_map(map: Map<String, Value>) -> Result<Self, ConnectionError> {
        let mut connection = Self::default();
        let mut uri = None;
        let mut has_values = false;
        for (key, value) in map {
            if value.is_null() {
                continue;
            }
            has_values |= !matches!(key.as_str(), "uri" | "description" | "conn_id");
            match key.as_str() {
                "conn_type" => connection.conn_type = Some(string(&key, value)?),
                "description" => connection.description = Some(string(&key, value)?),
                "host" => connection.host = Some(string(&key, value)?),
                "schema" => connection.schema = Some(string(&key, value)?),
                "login" => connection.login = Some(string(&key, value)?),
                "password" => {
                    connection.password =
                        Some(string(&key, value)?).filter(|password| !password.is_empty());
                }
                "port" => connection.port = port(&value)?,
                "extra" => connection.extra = extra(value),
                "uri" => uri = Some(string(&key, value)?),
                "conn_id" => {}
                _ => return Err(ConnectionError::UnknownKey(key)),
            }
        }
        match uri.filter(|uri| !uri.is_empty()) {
            Some(_) if has_values => Err(ConnectionError::UriAndValues),
            Some(uri) => Ok(Self {
                description: connection.description,
                ..Self::from_uri(&uri)?
            }),
            None => Ok(connection),
        }
    }
}

fn string(key: &str, value: Value) -> Result<String, ConnectionError> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(ConnectionError::NotText(key.to_owned())),
    }
}

/// Python's `int()` of a number or of text; zero and empty text are no port.
fn port(value: &Value) -> Result<Option<i64>, ConnectionError> {
    let port = match value {
        Value::Number(number) => number.as_i64(),
        Value::Bool(flag) => Some(i64::from(*flag)),
        Value::String(text) if text.is_empty() => Some(0),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    match port {
        Some(0) => Ok(None),
        Some(port) => Ok(Some(port)),
        None => Err(ConnectionError::Port(match value {
            Value::String(text) => format!("'{text}'"),
            other => other.to_string(),
        })),
    }
}

/// Text stays, a value is printed; what Python takes for false is no extra.
fn extra(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Object(map) if map.is_empty() => None,
        Value::Array(items) if items.is_empty() => None,
        other => Some(dumps(&other)),
    }
}
