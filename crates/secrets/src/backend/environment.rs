//! `AIRFLOW_CONN_…` and `AIRFLOW_VAR_…`.

use std::{collections::BTreeMap, fmt, sync::Arc};

use super::BackendError;
use crate::connection::Connection;

#[derive(Clone, Default)]
pub struct EnvironmentVariables(Arc<BTreeMap<String, String>>);

impl EnvironmentVariables {
    pub fn new(environment: Arc<BTreeMap<String, String>>) -> Self {
        Self(environment)
    }

    pub fn connection(&self, conn_id: &str) -> Result<Option<Connection>, BackendError> {
        let name = format!("AIRFLOW_CONN_{}", conn_id.to_uppercase());
        self.0
            .get(&name)
            .filter(|text| !text.is_empty())
            .map(|text| Connection::parse(text))
            .transpose()
            .map_err(|source| BackendError::Connection {
                conn_id: conn_id.to_owned(),
                source,
            })
    }

    pub fn variable(&self, key: &str) -> Option<String> {
        let name = format!("AIRFLOW_VAR_{}", key.to_uppercase());
        self.0.get(&name).cloned()
    }
}

impl fmt::Debug for EnvironmentVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvironmentVariables")
            .finish_non_exhaustive()
    }
}
