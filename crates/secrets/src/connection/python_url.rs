//! The parts of `urllib.parse` that connections are read and written with.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::ConnectionError;

/// `quote(text, safe="")`.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~');

/// What `urlsplit` gives.
pub(crate) struct UrlParts {
    /// In lower case; empty where there is none.
    pub scheme: String,
    pub netloc: String,
    pub path: String,
    pub query: String,
}

pub(crate) fn urlsplit(url: &str) -> Result<UrlParts, ConnectionError> {
    let url = url.trim_start_matches(|c: char| c <= ' ');
    let url: String = url.chars().filter(|c| !"\r\n\t".contains(*c)).collect();
    let (scheme, rest) = split_scheme(&url);
    let (netloc, rest) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
        None => ("", rest),
    };
    if netloc.contains('[') != netloc.contains(']') {
        return Err(ConnectionError::Uri);
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    Ok(UrlParts {
        scheme: scheme.to_lowercase(),
        netloc: netloc.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
    })
}

fn split_scheme(url: &str) -> (&str, &str) {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    url.split_once(':')
        .filter(|(scheme, _)| is_scheme(scheme))
        .unwrap_or(("", url))
}

impl UrlParts {
    fn user(&self) -> Option<&str> {
        self.netloc.rsplit_once('@').map(|(user, _)| user)
    }

    pub(crate) fn username(&self) -> Option<&str> {
        let user = self.user()?;
        Some(user.split_once(':').map_or(user, |(name, _)| name))
    }

    pub(crate) fn password(&self) -> Option<&str> {
        self.user()?.split_once(':').map(|(_, password)| password)
    }

    fn host_and_port(&self) -> (&str, &str) {
        let host = self
            .netloc
            .rsplit_once('@')
            .map_or(self.netloc.as_str(), |(_, host)| host);
        let (host, port) = match host.split_once('[').map(|(_, bracketed)| bracketed) {
            Some(bracketed) => {
                let (host, rest) = bracketed.split_once(']').unwrap_or((bracketed, ""));
                (host, rest.split_once(':').map(|(_, port)| port))
            }
            None => host
                .split_once(':')
                .map_or((host, None), |(host, port)| (host, Some(port))),
        };
        (host, port.unwrap_or_default())
    }

    /// In lower case up to the first `%`, which begins the zone of an IPv6 address.
    pub(crate) fn hostname(&self) -> String {
        let (host, _) = self.host_and_port();
        let (name, zone) = host.split_at(host.find('%').unwrap_or(host.len()));
        name.to_lowercase() + zone
    }

    pub(crate) fn port(&self) -> Result<Option<i64>, ConnectionError> {
        let (_, port) = self.host_and_port();
        if port.is_empty() {
            return Ok(None);
        }
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ConnectionError::UriPort);
        }
        let port: u16 = port.parse().map_err(|_| ConnectionError::UriPort)?;
        Ok(Some(port.into()))
    }
}

pub(crate) fn unquote(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

pub(crate) fn quote(text: &str) -> String {
    utf8_percent_encode(text, QUOTED).to_string()
}

/// `quote(text)`, which leaves slashes.
pub(crate) fn quote_but_slashes(text: &str) -> String {
    const SET: &AsciiSet = &QUOTED.remove(b'/');
    utf8_percent_encode(text, SET).to_string()
}

/// `quote_plus(text)`.
pub(crate) fn quote_plus(text: &str) -> String {
    quote(text).replace("%20", "+")
}

/// `parse_qsl(query, keep_blank_values=True)`.
pub(crate) fn parse_qsl(query: &str) -> impl Iterator<Item = (String, String)> {
    let decode = |text: &str| unquote(&text.replace('+', " "));
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(move |pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
}
