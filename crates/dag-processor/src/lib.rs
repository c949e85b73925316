//! Finds DAG files, has them parsed and stores the result

pub mod discovery;
mod options;
mod parsed;
mod queue;
mod store;

pub use options::{Options, SortMode};
