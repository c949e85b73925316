//! A connection from its URI.

use serde_json::{Map, Value};
use updraft_core::python::dumps;

use super::{
    Connection, ConnectionError, normalize_conn_type,
    python_url::{UrlParts, parse_qsl, unquote, urlsplit},
};

/// The query parameter that holds all of `extra`, where it is more than a map of texts.
pub(crate) const EXTRA_KEY: &str = "__extra__";

impl Connection {
    /// `type://login:password@host:port/schema?name=value`, each part percent-encoded; the host may be
    /// preceded by the protocol to be used, as in `http://https://host`.
    pub fn from_uri(uri: &str) -> Result<Self, ConnectionError> {
        let schemes = uri.matches("://").count();
        if schemes > 2 {
            return Err(ConnectionError::Uri);
        }
        let has_protocol = schemes == 2;
        let scheme = urlsplit(uri)?.scheme;
        let rest = uri.replace(
            &format!("{scheme}://"),
            if has_protocol { "" } else { "//" },
        );
        if has_protocol
            && let Some((before, _)) = rest.split_once("://").or(Some((rest.as_str(), "")))
            && before.contains(['@', ':'])
        {
            return Err(ConnectionError::Uri);
        }
        let parts = urlsplit(&rest)?;
        let host = host(&parts);
        let host = if has_protocol && !host.is_empty() && !parts.scheme.is_empty() {
            format!("{}://{host}", parts.scheme)
        } else {
            host
        };
        let password = parts.password().map(unquote);
        Ok(Self {
            conn_type: Some(normalize_conn_type(&scheme)),
            description: None,
            host: Some(host),
            schema: Some(unquote(parts.path.get(1..).unwrap_or_default())),
            login: parts.username().map(unquote),
            // Airflow's setter ignores an empty password.
            password: password.filter(|password| !password.is_empty()),
            port: parts.port()?,
            extra: extra(&parts.query),
        })
    }
}

/// A host that contains a slash was a path, whose capitals count.
fn host(parts: &UrlParts) -> String {
    let host = unquote(&parts.hostname());
    if !host.contains('/') {
        return host;
    }
    let host = parts.netloc.rsplit('@').next().unwrap_or_default();
    unquote(host.split(':').next().unwrap_or_default())
}

fn extra(query: &str) -> Option<String> {
    if query.is_empty() {
        return None;
    }
    let mut extra: Map<String, Value> = parse_qsl(query)
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    match extra.remove(EXTRA_KEY) {
        Some(Value::String(all)) => Some(all),
        _ => Some(dumps(&Value::Object(extra))),
    }
}
