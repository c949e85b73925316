//! `airflow.secrets.local_filesystem.LocalFilesystemBackend`: files that are read at each question.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};
use updraft_core::python::dumps;

use super::BackendError;
use crate::{
    connection::{Connection, ConnectionError},
    yaml,
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalFiles {
    pub variables_file_path: Option<PathBuf>,
    pub connections_file_path: Option<PathBuf>,
}

impl LocalFiles {
    pub(crate) fn from_kwargs(kwargs: &str) -> Result<Self, BackendError> {
        let mut files = Self::default();
        if kwargs.is_empty() {
            return Ok(files);
        }
        let Ok(kwargs) = serde_json::from_str::<Map<String, Value>>(kwargs) else {
            tracing::warn!("[secrets] backend_kwargs is not a JSON object; it is ignored");
            return Ok(files);
        };
        for (name, value) in kwargs {
            let path = value.as_str().map(PathBuf::from);
            match name.as_str() {
                "variables_file_path" => files.variables_file_path = path,
                "connections_file_path" => files.connections_file_path = path,
                _ => return Err(BackendError::UnknownArgument(name)),
            }
        }
        Ok(files)
    }

    pub fn variable(&self, key: &str) -> Result<Option<String>, BackendError> {
        let Some(path) = &self.variables_file_path else {
            return Ok(None);
        };
        let value = single_value(&mut read(path)?, path, key)?;
        Ok(value.map(|value| match value {
            Value::String(text) => text,
            other => dumps(&other),
        }))
    }

    pub fn connection(&self, conn_id: &str) -> Result<Option<Connection>, BackendError> {
        let Some(path) = &self.connections_file_path else {
            return Ok(None);
        };
        single_value(&mut read(path)?, path, conn_id)?
            .map(|value| connection(conn_id, value))
            .transpose()
    }

    /// All connections of a file, in its order.
    pub fn read_connections(path: &Path) -> Result<Vec<(String, Connection)>, BackendError> {
        let mut values = read(path)?;
        let ids: Vec<String> = values.keys().cloned().collect();
        let mut connections = Vec::new();
        for conn_id in ids {
            if let Some(value) = single_value(&mut values, path, &conn_id)? {
                let connection = connection(&conn_id, value)?;
                connections.push((conn_id, connection));
            }
        }
        Ok(connections)
    }
}

/// Text is a URI, an object holds the fields.
fn connection(conn_id: &str, value: Value) -> Result<Connection, BackendError> {
    let connection = match value {
        Value::String(uri) => Connection::from_uri(&uri),
        Value::Object(map) => extra_dejson(map).and_then(Connection::from_map),
        _ => Err(ConnectionError::Json),
    };
    connection.map_err(|source| BackendError::Connection {
        conn_id: conn_id.to_owned(),
        source,
    })
}

/// `extra_dejson` is another name of `extra`, for a value instead of text.
fn extra_dejson(mut map: Map<String, Value>) -> Result<Map<String, Value>, ConnectionError> {
    if let Some(extra) = map.remove("extra_dejson") {
        if map.contains_key("extra") {
            return Err(ConnectionError::UnknownKey("extra_dejson".to_owned()));
        }
        map.insert("extra".to_owned(), extra);
    }
    Ok(map)
}

/// A list stands for the values that a key has in several lines: only one can be used.
fn single_value(
    values: &mut Map<String, Value>,
    path: &Path,
    key: &str,
) -> Result<Option<Value>, BackendError> {
    match values.remove(key) {
        Some(Value::Array(mut items)) if items.len() == 1 => Ok(items.pop()),
        Some(Value::Array(_)) => Err(BackendError::SeveralValues {
            path: path.to_owned(),
            key: key.to_owned(),
        }),
        other => Ok(other),
    }
}

fn read(path: &Path) -> Result<Map<String, Value>, BackendError> {
    let form = path.to_string_lossy().to_lowercase();
    let form = form.rsplit('.').next().unwrap_or_default();
    let parse = match form {
        "env" => parse_env,
        "json" => parse_json,
        "yaml" | "yml" => parse_yaml,
        _ => {
            return Err(BackendError::FileForm {
                path: path.to_owned(),
            });
        }
    };
    let text = fs::read_to_string(path).map_err(|source| BackendError::ReadFile {
        path: path.to_owned(),
        source,
    })?;
    parse(&text).map_err(|(line, message)| BackendError::Syntax {
        path: path.to_owned(),
        line,
        message,
    })
}

type Parsed = Result<Map<String, Value>, (usize, String)>;

/// `KEY=value` lines; a line that begins with `#` is a comment.
fn parse_env(text: &str) -> Parsed {
    let mut values: Map<String, Value> = Map::new();
    for (index, line) in text.lines().enumerate() {
        if line.is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let (key, value) = line
            .split_once('=')
            .filter(|(_, value)| !value.is_empty())
            .ok_or_else(|| (index + 1, "the line is not KEY=value".to_owned()))?;
        let items = values
            .entry(key)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(items) = items {
            items.push(Value::String(value.to_owned()));
        }
    }
    Ok(values)
}

fn parse_json(text: &str) -> Parsed {
    serde_json::from_str(text).map_err(|error| (error.line(), "a JSON object is expected".into()))
}

fn parse_yaml(text: &str) -> Parsed {
    match yaml::load(text) {
        Ok(Value::Object(values)) => Ok(values),
        Ok(_) => Err((1, "a map of keys and values is expected".to_owned())),
        Err(error) => Err((error.line, error.message)),
    }
}
