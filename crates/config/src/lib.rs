//! `airflow.cfg` and `AIRFLOW__SECTION__KEY`, as one typed struct a section.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use updraft_config::Config;
//!
//! let environment = BTreeMap::from([
//!     ("AIRFLOW_HOME".to_owned(), "/nonexistent".to_owned()),
//!     ("AIRFLOW__CORE__PARALLELISM".to_owned(), "4".to_owned()),
//! ]);
//! let config = Config::load(&environment)?;
//! assert_eq!(config.core.parallelism, 4);
//! assert_eq!(config.core.dags_folder.to_str(), Some("/nonexistent/dags"));
//! # Ok::<(), updraft_config::ConfigError>(())
//! ```
//!
//! **Invariant:** a value comes from where Airflow 2.10.5 would take it: environment, file, command,
//! secrets backend, default, each under the current name first and under its old name after that.
//!
//! **Invariant:** nothing is written. Where the file is absent, the defaults apply.
//!
//! **Invariant:** a value that cannot be used is an error that names where it came from.

mod config;
mod error;
mod raw;
mod sections;
mod sql_alchemy_conn;

pub use config::Config;
pub use error::{ConfigError, OptionError, Origin, Problem, Warning};
pub use raw::{RawConfig, home::AirflowHome, lookup::Value, options};
pub use sections::{
    Secret,
    core::{Core, DagIgnoreFileSyntax, WeightRule},
    database::Database,
    email::Email,
    logging::{LogLevel, Logging},
    operators::Operators,
    scheduler::{FileParsingSortMode, Scheduler},
    secrets::Secrets,
    sensors::Sensors,
    updraft::{OnWorkerLoss, PythonSdk, Updraft},
    webserver::Webserver,
};
pub use sql_alchemy_conn::{DatabaseTarget, PostgresTarget, SqlAlchemyConn, SqlAlchemyConnError};
