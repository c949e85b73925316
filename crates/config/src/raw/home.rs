//! Where Airflow's home directory and its configuration file are.

use std::{collections::BTreeMap, path::PathBuf};

use super::expand::expand;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AirflowHome {
    /// `AIRFLOW_HOME`, by default `~/airflow`.
    pub home: PathBuf,
    /// `AIRFLOW_CONFIG`, by default `airflow.cfg` in the home directory.
    pub config_file: PathBuf,
}

impl AirflowHome {
    pub fn from_environment(environment: &BTreeMap<String, String>) -> Self {
        let home = environment
            .get("AIRFLOW_HOME")
            .map_or("~/airflow", String::as_str);
        let home = PathBuf::from(expand(home, environment));
        let config_file = environment.get("AIRFLOW_CONFIG").map_or_else(
            || home.join("airflow.cfg"),
            |file| PathBuf::from(expand(file, environment)),
        );
        Self { home, config_file }
    }
}
