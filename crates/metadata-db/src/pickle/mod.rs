//! Python pickles of plain values: `dag_run.conf` and `task_instance.executor_config`.
//!
//! Only plain types are written, and reading never runs anything: a pickle that names a class is
//! an error value for the caller to show, not a failure to load the row.
//!
//! ```
//! use updraft_metadata_db::pickle::{self, Value};
//!
//! let conf = Value::from(serde_json::json!({"p": 9}));
//! assert_eq!(pickle::read(&pickle::write(&conf)), Ok(conf));
//! assert_eq!(pickle::write(&Value::Dict(Vec::new())), pickle::EMPTY_DICT);
//! ```

mod input;
mod json;
mod machine;
mod numbers;
mod read;
mod write;

pub use read::{ReadError, read};
pub use write::write;

/// What both columns hold when there is nothing to say: the pickle of `{}`.
pub const EMPTY_DICT: &[u8] = b"\x80\x05}\x94.";

/// A Python value of plain types.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    None,
    Bool(bool),
    Int(i128),
    /// An integer beyond 128 bits: two's complement, little-endian.
    BigInt(Vec<u8>),
    Float(f64),
    Str(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Set(Vec<Value>),
    /// In order of insertion; keys may be of any hashable type.
    Dict(Vec<(Value, Value)>),
}

#[cfg(test)]
mod tests;
