//! Values in Python's own notations, since Airflow's columns, files and messages hold them.

mod json;
mod number;
mod repr;

pub use json::{dumps, dumps_indented};
pub use repr::{repr, repr_list};
