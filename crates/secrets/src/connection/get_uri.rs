//! The URI of a connection.

use serde_json::Value;

use super::{
    Connection,
    from_uri::EXTRA_KEY,
    python_url::{quote, quote_plus},
};

impl Connection {
    /// The URI from which the connection can be made again. It holds the password.
    pub fn get_uri(&self) -> String {
        let mut uri = match non_empty(self.conn_type.as_deref()) {
            Some(conn_type) => format!("{}://", conn_type.to_lowercase().replace('_', "-")),
            None => "//".to_owned(),
        };
        let host = self.host.as_deref().unwrap_or_default();
        let host = match host.split_once("://") {
            Some(("", host)) => host,
            Some((protocol, host)) => {
                uri.push_str(protocol);
                uri.push_str("://");
                host
            }
            None => host,
        };
        let authority = self.authority();
        if !authority.is_empty() {
            uri.push_str(&authority);
            uri.push('@');
        }
        uri += &quote(host);
        if let Some(port) = self.port.filter(|port| *port != 0) {
            if host.is_empty() && authority.is_empty() {
                uri.push('@');
            }
            uri.push(':');
            uri.push_str(&port.to_string());
        }
        let schema = non_empty(self.schema.as_deref());
        if let Some(schema) = schema {
            uri.push('/');
            uri.push_str(&quote(schema));
        }
        if let Some(extra) = non_empty(self.extra.as_deref()) {
            uri += if schema.is_some() { "?" } else { "/?" };
            uri += &self
                .query_of_extra()
                .unwrap_or_else(|| format!("{EXTRA_KEY}={}", quote_plus(extra)));
        }
        uri
    }

    fn authority(&self) -> String {
        let mut authority = self.login.as_deref().map(quote).unwrap_or_default();
        if let Some(password) = &self.password {
            authority.push(':');
            authority.push_str(&quote(password));
        }
        authority
    }

    /// The query that `extra` can be read from again: only a map of texts can.
    fn query_of_extra(&self) -> Option<String> {
        let extra = self.extra_object().filter(|extra| !extra.is_empty())?;
        let pairs: Option<Vec<String>> = extra
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) => Some(format!("{}={}", quote_plus(name), quote_plus(text))),
                _ => None,
            })
            .collect();
        pairs.map(|pairs| pairs.join("&"))
    }
}

fn non_empty(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}
