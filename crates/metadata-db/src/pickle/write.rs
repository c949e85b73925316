//! Protocol 5, with the opcodes that Python's own pickler chooses for plain values.

use super::Value;

/// Python's pickler, too, splits longer lists and dicts.
const BATCH: usize = 1000;

/// The pickle of a value.
pub fn write(value: &Value) -> Vec<u8> {
    let mut body = Vec::new();
    put(&mut body, value);
    body.push(b'.');
    let mut pickle = vec![0x80, 5];
    // Python leaves the frame out below four bytes.
    if body.len() >= 4 {
        pickle.push(0x95);
        pickle.extend_from_slice(&(body.len() as u64).to_le_bytes());
    }
    pickle.append(&mut body);
    pickle
}

fn put(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::None => out.push(b'N'),
        Value::Bool(true) => out.push(0x88),
        Value::Bool(false) => out.push(0x89),
        Value::Int(value) => put_int(out, *value),
        Value::BigInt(bytes) => put_long(out, bytes),
        Value::Float(value) => {
            out.push(b'G');
            out.extend_from_slice(&value.to_be_bytes());
        }
        Value::Str(text) => put_sized(out, text.as_bytes(), [0x8c, b'X', 0x8d]),
        Value::Bytes(bytes) => put_sized(out, bytes, [b'C', b'B', 0x8e]),
        Value::List(items) => put_list(out, items),
        Value::Tuple(items) => put_tuple(out, items),
        Value::Set(items) => {
            out.extend_from_slice(&[0x8f, 0x94]);
            for batch in items.chunks(BATCH) {
                out.push(b'(');
                put_all(out, batch);
                out.push(0x90);
            }
        }
        Value::Dict(entries) => put_dict(out, entries),
    }
}

fn put_all(out: &mut Vec<u8>, items: &[Value]) {
    for item in items {
        put(out, item);
    }
}

fn put_int(out: &mut Vec<u8>, value: i128) {
    if let Ok(byte) = u8::try_from(value) {
        out.extend_from_slice(&[b'K', byte]);
    } else if let Ok(short) = u16::try_from(value) {
        out.push(b'M');
        out.extend_from_slice(&short.to_le_bytes());
    } else if let Ok(int) = i32::try_from(value) {
        out.push(b'J');
        out.extend_from_slice(&int.to_le_bytes());
    } else {
        let bytes = value.to_le_bytes();
        let mut length = bytes.len();
        // Drop bytes that only repeat the sign.
        while length > 1 {
            let sign = if bytes[length - 2] & 0x80 == 0 {
                0
            } else {
                0xff
            };
            if bytes[length - 1] != sign {
                break;
            }
            length -= 1;
        }
        put_long(out, &bytes[..length]);
    }
}

fn put_long(out: &mut Vec<u8>, bytes: &[u8]) {
    if let Ok(length) = u8::try_from(bytes.len()) {
        out.extend_from_slice(&[0x8a, length]);
    } else {
        out.push(0x8b);
        // Four bytes of length hold more than memory does.
        #[expect(clippy::cast_possible_truncation, reason = "see above")]
        out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    }
    out.extend_from_slice(bytes);
}

/// `opcodes`: for lengths in one, four and eight bytes.
fn put_sized(out: &mut Vec<u8>, bytes: &[u8], opcodes: [u8; 3]) {
    if let Ok(length) = u8::try_from(bytes.len()) {
        out.extend_from_slice(&[opcodes[0], length]);
    } else if let Ok(length) = u32::try_from(bytes.len()) {
        out.push(opcodes[1]);
        out.extend_from_slice(&length.to_le_bytes());
    } else {
        out.push(opcodes[2]);
        out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    }
    out.extend_from_slice(bytes);
    out.push(0x94);
}

fn put_list(out: &mut Vec<u8>, items: &[Value]) {
    out.extend_from_slice(b"]\x94");
    for batch in items.chunks(BATCH) {
        if let [item] = batch {
            put(out, item);
            out.push(b'a');
        } else {
            out.push(b'(');
            put_all(out, batch);
            out.push(b'e');
        }
    }
}

fn put_tuple(out: &mut Vec<u8>, items: &[Value]) {
    if items.is_empty() {
        out.push(b')');
        return;
    }
    if items.len() > 3 {
        out.push(b'(');
    }
    put_all(out, items);
    out.push(match items.len() {
        1 => 0x85,
        2 => 0x86,
        3 => 0x87,
        _ => b't',
    });
    out.push(0x94);
}

fn put_dict(out: &mut Vec<u8>, entries: &[(Value, Value)]) {
    out.extend_from_slice(b"}\x94");
    for batch in entries.chunks(BATCH) {
        let many = batch.len() > 1;
        if many {
            out.push(b'(');
        }
        for (key, value) in batch {
            put(out, key);
            put(out, value);
        }
        out.push(if many { b'u' } else { b's' });
    }
}
