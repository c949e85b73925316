//! Where Variables and Connections come from before the database is asked.

pub(crate) mod environment;
pub(crate) mod local_files;

use std::{collections::BTreeMap, future::Future, path::PathBuf, sync::Arc};

use environment::EnvironmentVariables;
use local_files::LocalFiles;

use crate::connection::{Connection, ConnectionError};

#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    #[error("the secrets backend {0} is not known; known is {LOCAL_FILES}")]
    UnknownBackend(String),
    #[error("[secrets] backend_kwargs has the unknown argument {0:?}")]
    UnknownArgument(String),
    #[error("the file {} cannot be read", path.display())]
    ReadFile {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the file {} has no known form; known are .env, .json, .yaml and .yml", path.display())]
    FileForm { path: PathBuf },
    #[error("{}:{line}: {message}", path.display())]
    Syntax {
        path: PathBuf,
        line: usize,
        message: String,
    },
    #[error("the file {} has several values of {key:?}", path.display())]
    SeveralValues { path: PathBuf, key: String },
    #[error("the connection {conn_id:?} cannot be read")]
    Connection {
        conn_id: String,
        #[source]
        source: ConnectionError,
    },
}

const LOCAL_FILES: &str = "airflow.secrets.local_filesystem.LocalFilesystemBackend";

/// The sources that are asked before the database, in their order.
#[derive(Clone, Debug, Default)]
pub struct Backends {
    local_files: Option<LocalFiles>,
    environment: EnvironmentVariables,
}

impl Backends {
    /// `backend` and `backend_kwargs` as `[secrets]` has them; both may be empty.
    ///
    /// As in Airflow, arguments that are not a JSON object are passed over with a warning.
    pub fn new(
        backend: &str,
        backend_kwargs: &str,
        environment: Arc<BTreeMap<String, String>>,
    ) -> Result<Self, BackendError> {
        let local_files = match backend {
            "" => None,
            LOCAL_FILES => Some(LocalFiles::from_kwargs(backend_kwargs)?),
            other => return Err(BackendError::UnknownBackend(other.to_owned())),
        };
        Ok(Self {
            local_files,
            environment: EnvironmentVariables::new(environment),
        })
    }

    /// The connection, from the first source that has it; `metastore` is asked last.
    pub async fn connection<E, F>(
        &self,
        conn_id: &str,
        metastore: impl FnOnce() -> F,
    ) -> Result<Option<Connection>, E>
    where
        F: Future<Output = Result<Option<Connection>, E>>,
    {
        let files = self.local_files.as_ref();
        let found = files
            .and_then(|files| answer(files.connection(conn_id), "connection", conn_id))
            .or_else(|| answer(self.environment.connection(conn_id), "connection", conn_id));
        match found {
            Some(connection) => Ok(Some(connection)),
            None => metastore().await,
        }
    }

    /// The Variable's text, from the first source that has it; `metastore` is asked last.
    pub async fn variable<E, F>(
        &self,
        key: &str,
        metastore: impl FnOnce() -> F,
    ) -> Result<Option<String>, E>
    where
        F: Future<Output = Result<Option<String>, E>>,
    {
        let files = self.local_files.as_ref();
        let found = files
            .and_then(|files| answer(files.variable(key), "variable", key))
            .or_else(|| self.environment.variable(key));
        match found {
            Some(text) => Ok(Some(text)),
            None => metastore().await,
        }
    }
}

/// A source that fails is passed over, as in Airflow, since the next one may have the value.
fn answer<T>(result: Result<Option<T>, BackendError>, kind: &str, name: &str) -> Option<T> {
    result.unwrap_or_else(|error| {
        let chain = updraft_core::error_chain(&error);
        tracing::error!("a secrets backend cannot give the {kind} {name:?}: {chain}");
        None
    })
}
