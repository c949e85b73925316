use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Malformed, Task};

const JSON: &str = "application/json";
const BASE64: &str = "base64";

/// A message as kombu's Redis transport stores it: what a list, a publication or `unacked` holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Envelope {
    /// Encoded as `properties.body_encoding` says.
    pub body: String,
    #[serde(rename = "content-encoding")]
    pub content_encoding: Option<String>,
    #[serde(rename = "content-type")]
    pub content_type: Option<String>,
    pub headers: Map<String, Value>,
    pub properties: Properties,
}

/// The properties that the transport itself reads, and the others as they came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Properties {
    #[serde(flatten)]
    pub others: Map<String, Value>,
    /// Made by the producer; the field of the message in `unacked`.
    #[serde(skip)]
    pub delivery_tag: String,
    #[serde(skip)]
    pub exchange: String,
    #[serde(skip)]
    pub routing_key: String,
}

impl Envelope {
    /// A message with `body` as JSON. `properties` must have a delivery tag and delivery information.
    pub(super) fn new(
        body: &Value,
        headers: Map<String, Value>,
        properties: Map<String, Value>,
    ) -> Result<Self, Malformed> {
        Ok(Self {
            body: STANDARD.encode(body.to_string()),
            content_encoding: Some("utf-8".to_owned()),
            content_type: Some(JSON.to_owned()),
            headers,
            properties: Properties::of(properties)?,
        })
    }

    /// Reads what was popped or published.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let value: Value = serde_json::from_str(text).map_err(Malformed::NotJson)?;
        let Value::Object(mut fields) = value else {
            return Err(Malformed::NotAnObject);
        };
        let properties =
            object(&mut fields, "properties")?.ok_or(Malformed::Missing("properties"))?;
        Ok(Self {
            properties: Properties::of(properties)?,
            body: match fields.remove("body") {
                Some(Value::String(text)) => text,
                None => return Err(Malformed::Missing("body")),
                Some(other) => return Err(Malformed::wrong("the body", "text", &other)),
            },
            content_encoding: text_of(&fields, "content-encoding"),
            content_type: text_of(&fields, "content-type"),
            headers: object(&mut fields, "headers")?.unwrap_or_default(),
        })
    }

    /// The body as JSON.
    pub fn body(&self) -> Result<Value, Malformed> {
        if let Some(kind) = self.content_type.as_deref().filter(|kind| *kind != JSON) {
            return Err(Malformed::ContentType(super::shortened(
                kind.to_owned(),
                80,
            )));
        }
        let encoding = self
            .properties
            .others
            .get("body_encoding")
            .and_then(Value::as_str);
        let text = if encoding == Some(BASE64) {
            let bytes = STANDARD.decode(&self.body).map_err(Malformed::NotBase64)?;
            String::from_utf8(bytes).map_err(Malformed::NotUtf8)?
        } else {
            self.body.clone()
        };
        serde_json::from_str(&text).map_err(Malformed::BodyNotJson)
    }

    /// The message as a call of a task.
    pub fn task(&self) -> Result<Task, Malformed> {
        Task::of(self)
    }

    /// Whether somebody took it before, and did not acknowledge it.
    pub fn is_redelivered(&self) -> bool {
        self.headers
            .get("redelivered")
            .is_some_and(|flag| *flag == Value::Bool(true))
    }

    /// Marks it as kombu does what it puts back.
    #[must_use]
    pub fn redelivered(mut self) -> Self {
        self.headers
            .insert("redelivered".to_owned(), Value::Bool(true));
        if let Some(Value::Object(information)) = self.properties.others.get_mut("delivery_info") {
            information.insert("redelivered".to_owned(), Value::Bool(true));
        }
        self
    }
}

impl std::fmt::Display for Envelope {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| std::fmt::Error)?;
        formatter.write_str(&text)
    }
}

impl Properties {
    fn of(others: Map<String, Value>) -> Result<Self, Malformed> {
        let delivery_tag = match others.get("delivery_tag") {
            Some(Value::String(tag)) if !tag.is_empty() => tag.clone(),
            None | Some(Value::Null) => return Err(Malformed::Missing("properties.delivery_tag")),
            Some(other) => return Err(Malformed::wrong("properties.delivery_tag", "text", other)),
        };
        let information = match others.get("delivery_info") {
            Some(Value::Object(information)) => information,
            None | Some(Value::Null) => return Err(Malformed::Missing("properties.delivery_info")),
            Some(other) => {
                return Err(Malformed::wrong(
                    "properties.delivery_info",
                    "an object",
                    other,
                ));
            }
        };
        let part = |name| text_of(information, name);
        Ok(Self {
            exchange: part("exchange")
                .ok_or(Malformed::Missing("properties.delivery_info.exchange"))?,
            routing_key: part("routing_key")
                .ok_or(Malformed::Missing("properties.delivery_info.routing_key"))?,
            delivery_tag,
            others,
        })
    }
}

fn text_of(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields
        .get(name)
        .and_then(Value::as_str)
        .map(ToOwned::to_owned)
}

fn object(
    fields: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<Map<String, Value>>, Malformed> {
    match fields.remove(name) {
        Some(Value::Object(found)) => Ok(Some(found)),
        None | Some(Value::Null) => Ok(None),
        Some(other) => Err(Malformed::wrong(name, "an object", &other)),
    }
}
