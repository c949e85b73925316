//! `dag_run`, for reading. The scheduler's writes are in [`crate::scheduling`].

mod get;

pub use get::{DagRun, get, list};
