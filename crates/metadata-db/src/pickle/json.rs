//! Between pickled values and JSON.

use serde_json::{Map, Number, Value as Json};

use super::Value;

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::None,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => number
                .as_i128()
                .map(Self::Int)
                .or_else(|| number.as_f64().map(Self::Float))
                .unwrap_or(Self::None),
            Json::String(text) => Self::Str(text),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(entries) => Self::Dict(
                entries
                    .into_iter()
                    .map(|(key, value)| (Self::Str(key), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

impl Value {
    /// The JSON that Python's `json.dumps` would give; `None` where the value has no JSON form
    /// (bytes, sets, NaN, integers beyond 64 bits).
    pub fn to_json(&self) -> Option<Json> {
        Some(match self {
            Self::None => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(value) => Json::Number(Number::from_i128(*value)?),
            Self::Float(value) => Json::Number(Number::from_f64(*value)?),
            Self::Str(text) => Json::String(text.clone()),
            Self::List(items) | Self::Tuple(items) => {
                Json::Array(items.iter().map(Self::to_json).collect::<Option<_>>()?)
            }
            Self::Dict(entries) => {
                let mut object = Map::with_capacity(entries.len());
                for (key, value) in entries {
                    object.insert(key.to_json_key()?, value.to_json()?);
                }
                Json::Object(object)
            }
            Self::BigInt(_) | Self::Bytes(_) | Self::Set(_) => return None,
        })
    }

    fn to_json_key(&self) -> Option<String> {
        match self {
            Self::Str(text) => Some(text.clone()),
            Self::None | Self::Bool(_) | Self::Int(_) | Self::Float(_) => {
                self.to_json().map(|json| json.to_string())
            }
            _ => None,
        }
    }
}
