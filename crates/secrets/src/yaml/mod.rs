//! YAML 1.1 as `safe_load` of `PyYAML` reads it, given as JSON.
//!
//! What JSON has no form for stays as it is written: dates, and numbers without an end (`.inf`).

mod load;
mod scalar;

pub use load::{YamlError, load};
