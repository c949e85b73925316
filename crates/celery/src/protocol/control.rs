use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Envelope, Malformed};

/// The fanout exchange of requests.
pub const REQUESTS: &str = "celery.pidbox";

/// The direct exchange of replies.
pub const REPLIES: &str = "reply.celery.pidbox";

/// A remote-control command, sent to all workers that it is meant for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub method: String,
    #[serde(default)]
    pub arguments: Map<String, Value>,
    /// Node names; `None` means everybody, or those that `pattern` matches.
    #[serde(default)]
    pub destination: Option<Vec<String>>,
    #[serde(default)]
    pub pattern: Option<String>,
    /// `glob` or `pcre`.
    #[serde(default)]
    pub matcher: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ReplyTo>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    pub exchange: String,
    pub routing_key: String,
}

/// What one node answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    pub node: String,
    pub value: Value,
    pub ticket: Option<String>,
}

impl Request {
    pub fn read(envelope: &Envelope) -> Result<Self, Malformed> {
        serde_json::from_value(envelope.body()?).map_err(Malformed::BodyNotJson)
    }

    /// The message; `clock` is the sender's clock of remote control.
    pub fn envelope(
        &self,
        clock: u64,
        expires: Option<f64>,
        delivery_tag: &str,
    ) -> Result<Envelope, Malformed> {
        let mut headers = Map::from_iter([("clock".to_owned(), json!(clock))]);
        if let Some(expires) = expires {
            headers.insert("expires".to_owned(), json!(expires));
        }
        let body = serde_json::to_value(self).map_err(Malformed::BodyNotJson)?;
        message(&body, headers, 2, REQUESTS, "", delivery_tag)
    }
}

impl Reply {
    /// The message to who asked.
    pub fn envelope(
        &self,
        to: &ReplyTo,
        clock: u64,
        delivery_tag: &str,
    ) -> Result<Envelope, Malformed> {
        let headers = Map::from_iter([
            ("ticket".to_owned(), json!(self.ticket)),
            ("clock".to_owned(), json!(clock)),
        ]);
        let body = Map::from_iter([(self.node.clone(), self.value.clone())]);
        message(
            &Value::Object(body),
            headers,
            1,
            &to.exchange,
            &to.routing_key,
            delivery_tag,
        )
    }

    /// What a client takes from its own list.
    pub fn read(envelope: &Envelope) -> Result<Vec<Self>, Malformed> {
        let Value::Object(nodes) = envelope.body()? else {
            return Err(Malformed::NotAnObject);
        };
        let ticket = envelope.headers.get("ticket").and_then(Value::as_str);
        Ok(nodes
            .into_iter()
            .map(|(node, value)| Self {
                node,
                value,
                ticket: ticket.map(ToOwned::to_owned),
            })
            .collect())
    }
}

fn message(
    body: &Value,
    headers: Map<String, Value>,
    delivery_mode: u8,
    exchange: &str,
    routing_key: &str,
    delivery_tag: &str,
) -> Result<Envelope, Malformed> {
    let properties = Map::from_iter([
        ("delivery_mode".to_owned(), json!(delivery_mode)),
        (
            "delivery_info".to_owned(),
            json!({"exchange": exchange, "routing_key": routing_key}),
        ),
        ("priority".to_owned(), json!(0)),
        ("body_encoding".to_owned(), json!("base64")),
        ("delivery_tag".to_owned(), json!(delivery_tag)),
    ]);
    Envelope::new(body, headers, properties)
}
