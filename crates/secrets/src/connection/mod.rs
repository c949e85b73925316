//! Connections, in the forms in which they are written outside of the database.

mod from_json;
mod from_uri;
mod get_uri;
mod python_url;

use std::fmt;

use serde_json::{Map, Value};

/// What a task needs to reach another system.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Connection {
    pub conn_type: Option<String>,
    pub description: Option<String>,
    pub host: Option<String>,
    pub schema: Option<String>,
    pub login: Option<String>,
    pub password: Option<String>,
    pub port: Option<i64>,
    /// By convention the text of a JSON object.
    pub extra: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    #[error("the URI is not that of a connection")]
    Uri,
    #[error("the port of the URI is not a number from 0 to 65535")]
    UriPort,
    #[error("the JSON text is not an object")]
    Json,
    #[error(
        "the key {0:?} is unknown; known are conn_type, description, host, login, password, schema, port, extra and uri"
    )]
    UnknownKey(String),
    #[error("Expected integer value for `port`, but got {0} instead.")]
    Port(String),
    #[error("the value of {0:?} is not text")]
    NotText(String),
    #[error("either `uri` or single values can be given, not both")]
    UriAndValues,
    #[error("the value is empty")]
    Empty,
}

impl Connection {
    /// Text that begins with `{` is JSON, any other is a URI.
    pub fn parse(text: &str) -> Result<Self, ConnectionError> {
        let text = text.trim();
        match text.chars().next() {
            None => Err(ConnectionError::Empty),
            Some('{') => Self::from_json(text),
            Some(_) => Self::from_uri(text),
        }
    }

    /// The JSON object in `extra`; `None` where it holds something else.
    pub fn extra_object(&self) -> Option<Map<String, Value>> {
        serde_json::from_str(self.extra.as_deref()?).ok()
    }
}

/// Airflow's names of connection types: `postgresql` is `postgres`, `-` is `_`.
fn normalize_conn_type(conn_type: &str) -> String {
    if conn_type == "postgresql" {
        "postgres".to_owned()
    } else {
        conn_type.replace('-', "_")
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("conn_type", &self.conn_type)
            .field("host", &self.host)
            .field("schema", &self.schema)
            .field("login", &self.login)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// The password as it stands in a URI.
pub(crate) fn quote_password(password: &str) -> String {
    python_url::quote_but_slashes(password)
}
