use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Envelope, Malformed};

/// The exchange of events.
pub const EXCHANGE: &str = "celeryev";

/// The routing key of what workers tell about tasks: lists of events.
pub const TASK_MULTI: &str = "task.multi";

/// An event as it travels: a JSON object with `type`, `hostname`, `clock` and what belongs to its type.
#[derive(Clone, Debug, PartialEq)]
pub struct Event(pub Map<String, Value>);

/// What every event of one sender has in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Fields {
    /// The node name.
    pub hostname: String,
    pub pid: u32,
    /// Whole hours west of UTC, by which receivers shift `timestamp`.
    pub utcoffset: i32,
}

impl Event {
    /// `own` are the fields of this type, in their order.
    pub fn new(
        kind: &str,
        sender: &Fields,
        clock: u64,
        own: Map<String, Value>,
        at: Timestamp,
    ) -> Self {
        let mut fields = Map::new();
        fields.insert("hostname".to_owned(), json!(sender.hostname));
        fields.insert("utcoffset".to_owned(), json!(sender.utcoffset));
        fields.insert("pid".to_owned(), json!(sender.pid));
        fields.insert("clock".to_owned(), json!(clock));
        fields.extend(own);
        fields.insert("timestamp".to_owned(), json!(seconds(at)));
        fields.insert("type".to_owned(), json!(kind));
        Self(fields)
    }

    pub fn kind(&self) -> Option<&str> {
        self.0.get("type").and_then(Value::as_str)
    }

    pub fn clock(&self) -> Option<u64> {
        self.0.get("clock").and_then(Value::as_u64)
    }

    /// The events of a published message: one object, or a list of them. What is no object is left out.
    pub fn read(envelope: &Envelope) -> Result<Vec<Self>, Malformed> {
        let items = match envelope.body()? {
            Value::Array(items) => items,
            one => vec![one],
        };
        Ok(items
            .into_iter()
            .filter_map(|item| match item {
                Value::Object(fields) => Some(Self(fields)),
                _ => None,
            })
            .collect())
    }

    /// A message with this event alone: what is told about workers, and by who sends tasks.
    pub fn envelope(&self, sender: &str, delivery_tag: &str) -> Result<Envelope, Malformed> {
        message(
            &json!(self.0),
            &channel_key(self.kind().unwrap_or_default()),
            sender,
            delivery_tag,
        )
    }

    /// A message with several events about tasks.
    pub fn batch(events: &[Self], sender: &str, delivery_tag: &str) -> Result<Envelope, Malformed> {
        let body: Value = events.iter().map(|event| event.0.clone()).collect();
        message(&body, TASK_MULTI, sender, delivery_tag)
    }
}

/// The routing key of a type: `worker-heartbeat` goes by `worker.heartbeat`.
pub fn channel_key(kind: &str) -> String {
    kind.replace('-', ".")
}

fn message(
    body: &Value,
    routing_key: &str,
    sender: &str,
    delivery_tag: &str,
) -> Result<Envelope, Malformed> {
    let headers = Map::from_iter([("hostname".to_owned(), json!(sender))]);
    let Value::Object(properties) = json!({
        "delivery_mode": 1,
        "delivery_info": {"exchange": EXCHANGE, "routing_key": routing_key},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": delivery_tag,
    }) else {
        return Err(Malformed::NotAnObject);
    };
    Envelope::new(body, headers, properties)
}

/// Python's `time.time()`.
#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of this century fit"
)]
fn seconds(at: Timestamp) -> f64 {
    at.as_microsecond() as f64 / 1e6
}
