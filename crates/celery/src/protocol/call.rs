use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Envelope, Malformed, python_repr, shortened};

/// Celery's limit for arguments that are shown to people.
const REPR_LENGTH: usize = 1024;

/// A call of a task that is to be sent.
#[derive(Clone, Debug)]
pub struct Call {
    pub id: Uuid,
    pub task: String,
    pub args: Vec<Value>,
    pub kwargs: Map<String, Value>,
    pub queue: String,
    /// Sent as it is; the list it goes to is [`crate::keys::Keys::queue`]. 0 is served first.
    pub priority: u8,
    pub retries: u64,
    pub eta: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    pub root_id: Option<Uuid>,
    pub parent_id: Option<Uuid>,
    /// `gen<pid>@<host>` in Python.
    pub origin: String,
    pub reply_to: Uuid,
    pub delivery_tag: Uuid,
    /// Headers of the sender's own, beside those of the protocol.
    pub headers: Map<String, Value>,
}

impl Call {
    /// A call without options. `uuid` makes its id, its tag and the address for replies.
    pub fn new(
        task: &str,
        args: Vec<Value>,
        queue: &str,
        origin: &str,
        uuid: impl Fn() -> Uuid,
    ) -> Self {
        Self {
            id: uuid(),
            task: task.to_owned(),
            args,
            kwargs: Map::new(),
            queue: queue.to_owned(),
            priority: 0,
            retries: 0,
            eta: None,
            expires: None,
            root_id: None,
            parent_id: None,
            origin: origin.to_owned(),
            reply_to: uuid(),
            delivery_tag: uuid(),
            headers: Map::new(),
        }
    }

    /// The message, with the fields of Python's in their order.
    pub fn envelope(&self) -> Result<Envelope, Malformed> {
        let embed = json!({"callbacks": null, "errbacks": null, "chain": null, "chord": null});
        Envelope::new(
            &json!([self.args, self.kwargs, embed]),
            self.protocol_headers(),
            self.properties(),
        )
    }

    fn protocol_headers(&self) -> Map<String, Value> {
        let mut headers = map(json!({
            "lang": "py",
            "task": self.task,
            "id": self.id,
            "shadow": null,
            "eta": self.eta.map(python_iso),
            "expires": self.expires.map(python_iso),
            "group": null,
            "group_index": null,
            "retries": self.retries,
            "timelimit": [null, null],
            "root_id": self.root_id.unwrap_or(self.id),
            "parent_id": self.parent_id,
            "argsrepr": shortened(python_repr(&Value::Array(self.args.clone())), REPR_LENGTH),
            "kwargsrepr": shortened(python_repr(&Value::Object(self.kwargs.clone())), REPR_LENGTH),
            "origin": self.origin,
            "ignore_result": false,
            "replaced_task_nesting": 0,
            "stamped_headers": null,
            "stamps": {},
        }));
        headers.extend(self.headers.clone());
        headers
    }

    fn properties(&self) -> Map<String, Value> {
        map(json!({
            "correlation_id": self.id,
            "reply_to": self.reply_to,
            "delivery_mode": 2,
            // The default exchange: the routing key is the queue.
            "delivery_info": {"exchange": "", "routing_key": self.queue},
            "priority": self.priority,
            "body_encoding": "base64",
            "delivery_tag": self.delivery_tag,
        }))
    }
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// As Python's `isoformat` of an instant in UTC with microseconds.
pub(super) fn python_iso(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string()
}
