//! From the configuration to the options of each part.

mod airflow_package;
mod dag_processor;
mod database;
mod host;
mod parser;
mod python;
mod scheduler;
mod supervisor;

pub(crate) use airflow_package::in_airflow_package;
pub(crate) use dag_processor::{dag_processor_options, discovery};
pub(crate) use database::connect_options;
pub(crate) use host::Host;
pub(crate) use parser::{parser_options, runtime_dir};
pub(crate) use python::{interpreter, python, python_and_host};
pub(crate) use scheduler::{scheduler_settings, serialized_dag_defaults};
pub(crate) use supervisor::supervisor_options;

/// `Duration` as the signed kind that the domain computes with.
fn signed(duration: std::time::Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}
