//! Numbers as pickles hold them.

use super::{Value, read::ReadError};

/// Two's complement, little-endian.
pub(super) fn long(bytes: &[u8]) -> Value {
    if bytes.len() > 16 {
        return Value::BigInt(bytes.to_vec());
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut wide = if negative { [0xff; 16] } else { [0; 16] };
    wide[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i128::from_le_bytes(wide))
}

/// Protocol 0 writes numbers, and booleans as `I00` and `I01`, in decimal.
pub(super) fn text_number(opcode: u8, text: &str) -> Result<Value, ReadError> {
    if opcode == b'F' {
        return text
            .parse()
            .map(Value::Float)
            .map_err(|_| ReadError::Number);
    }
    match text {
        "00" => Ok(Value::Bool(false)),
        "01" => Ok(Value::Bool(true)),
        _ => text
            .trim_end_matches('L')
            .parse()
            .map(Value::Int)
            .map_err(|_| ReadError::Number),
    }
}
