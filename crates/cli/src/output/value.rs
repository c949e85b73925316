//! What a cell can hold.

use serde_json::Value as Json;
use updraft_core::{UtcDateTime, python};

/// A value as Python would have it, before a form of output turns most of it into text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    None,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

/// A row: its columns, by name, in order.
pub(crate) type Record = Vec<(String, Value)>;

/// A row of columns whose names are known.
pub(crate) fn record<const N: usize>(columns: [(&str, Value); N]) -> Record {
    columns
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Boolean(flag)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// As Python prints a `datetime`: `2024-01-01 00:00:00+00:00`.
impl From<UtcDateTime> for Value {
    fn from(instant: UtcDateTime) -> Self {
        Self::Text(instant.python_str())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::None => Self::Null,
            Value::Boolean(flag) => Self::Bool(flag),
            Value::Integer(number) => number.into(),
            Value::Float(number) => number.into(),
            Value::Text(text) => Self::String(text),
            Value::List(items) => items.into_iter().map(Self::from).collect(),
            Value::Map(items) => items.into_iter().collect(),
        }
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::None,
            Json::Bool(flag) => Self::Boolean(flag),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Self::Integer(integer),
                (None, Some(float)) => Self::Float(float),
                (None, None) => Self::Text(number.to_string()),
            },
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(map) => Self::Map(
                map.into_iter()
                    .map(|(key, item)| (key, item.into()))
                    .collect(),
            ),
        }
    }
}

impl Value {
    /// Numbers and flags become text, as in all forms but within a table's maps.
    pub(crate) fn normalized(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Boolean(_) | Self::Integer(_) | Self::Float(_) | Self::Text(_) => {
                Self::Text(self.text())
            }
            Self::List(items) => Self::List(items.iter().map(Self::normalized).collect()),
            Self::Map(items) => Self::Map(
                items
                    .iter()
                    .map(|(key, value)| (key.clone(), value.normalized()))
                    .collect(),
            ),
        }
    }

    /// Python's `str()`.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            other => python::repr(&other.clone().into()),
        }
    }
}
