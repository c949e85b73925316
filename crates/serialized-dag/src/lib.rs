//! Airflow's serialized DAG JSON, version 1, read into core types.
//!
//! ```
//! use updraft_serialized_dag::{Defaults, read};
//!
//! let text = r#"{"__version": 1, "dag": {"_dag_id": "hello", "fileloc": "/dags/hello.py",
//!     "timezone": "UTC", "schedule_interval": "@daily", "tasks": []}}"#;
//! let dag = read(text, "5d41402abc4b2a76b9719d911017c592", &Defaults::default())?;
//! assert_eq!(dag.dag_id.as_str(), "hello");
//! # Ok::<(), updraft_serialized_dag::Error>(())
//! ```
//!
//! The stored JSON leaves out whatever equals a constructor's default, and some of those defaults
//! come from the configuration of whoever reads: [`Defaults`] holds them.
//!
//! **Invariant**: reading is tolerant. Unknown keys, old names, tasks without their wrapper, `NaN`
//! and lone surrogates, which Python's JSON has and JSON has not, keep no DAG from being read.
//!
//! **Invariant**: what only Python understands (trigger arguments, executor configuration, plugin
//! timetables) passes through as the text it came in.

mod dag;
mod defaults;
mod error;
mod expand_input;
mod operator;
pub mod params;
mod python_json;
mod relative_delta;
mod sub_dag;
mod task_group;
mod timetable;
mod typed;

pub use defaults::Defaults;
pub use error::{Error, TimetableError};
use updraft_core::dag::Dag;

/// Reads the content of `serialized_dag.data`. `dag_hash` is the row's.
pub fn read(json_text: &str, dag_hash: &str, defaults: &Defaults) -> Result<Dag, Error> {
    let text = python_json::to_strict(json_text);
    dag::read(dag::unwrap(&text)?, dag_hash, defaults)
}

/// As [`read`], but the DAG of that id: the stored one, or a SubDAG in it. `None` where there is
/// no such SubDAG.
pub fn read_nested(
    json_text: &str,
    dag_id: &str,
    dag_hash: &str,
    defaults: &Defaults,
) -> Result<Option<Dag>, Error> {
    let text = python_json::to_strict(json_text);
    let dag_text = dag::unwrap(&text)?;
    let sub_dags = sub_dag::in_dag(dag_text)?;
    if let Some(sub_dag) = sub_dags.iter().find(|sub_dag| sub_dag.dag_id == dag_id) {
        return sub_dag.read(dag_hash, defaults).map(Some);
    }
    let dag = dag::read(dag_text, dag_hash, defaults)?;
    Ok((dag.dag_id.as_str() == dag_id).then_some(dag))
}

/// The SubDAGs in a stored DAG, also those in others, parents first.
pub fn read_sub_dags(
    json_text: &str,
    dag_hash: &str,
    defaults: &Defaults,
) -> Result<Vec<Dag>, Error> {
    let text = python_json::to_strict(json_text);
    let sub_dags = sub_dag::in_dag(dag::unwrap(&text)?)?;
    sub_dags
        .iter()
        .map(|sub_dag| sub_dag.read(dag_hash, defaults))
        .collect()
}
