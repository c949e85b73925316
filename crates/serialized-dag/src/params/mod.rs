//! Parameters of a DAG: their defaults, and what a run's configuration may say instead.

mod check;
mod read;
mod schema;

use serde_json::Value;

pub use check::{InvalidParam, check_params};
pub use read::read_params;

/// A parameter as the DAG declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub name: String,
    /// `None` where a run must give a value.
    pub default: Option<Value>,
    /// A JSON schema.
    pub schema: Value,
}
