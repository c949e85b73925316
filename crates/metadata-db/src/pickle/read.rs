//! Reading pickles.

use super::{Value, machine::Machine};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("the pickle ends early")]
    Truncated,
    #[error("the pickle holds an object of {0}")]
    Object(String),
    #[error("the pickle has an unexpected opcode {0:#04x}")]
    Opcode(u8),
    #[error("the pickle takes a value from where there is none")]
    Stack,
    #[error("the pickle holds a malformed number")]
    Number,
    #[error("the pickle is nested too deeply or contains itself")]
    Depth,
}

/// Reads protocols 0 to 5.
pub fn read(pickle: &[u8]) -> Result<Value, ReadError> {
    let mut machine = Machine::new(pickle);
    let root = machine.run()?;
    machine.value(root, 0, &mut 0)
}
