//! A pickle machine without the opcodes that make objects.

use std::collections::HashMap;

use super::{
    Value,
    input::Input,
    numbers::{long, text_number},
    read::ReadError,
};

/// Deeper values than Airflow's own JSON code could handle are refused rather than recursed into.
const MAX_DEPTH: usize = 200;

/// A small pickle that names the same list again and again stands for a huge value.
const MAX_VALUES: usize = 1_000_000;

/// Containers are filled after they were memoized, so values live in one arena and refer to each
/// other by index until the end.
enum Node {
    Plain(Value),
    List(Vec<usize>),
    Tuple(Vec<usize>),
    Set(Vec<usize>),
    Dict(Vec<(usize, usize)>),
}

pub(super) struct Machine<'p> {
    input: Input<'p>,
    nodes: Vec<Node>,
    stack: Vec<usize>,
    marks: Vec<usize>,
    memo: HashMap<u64, usize>,
}

impl<'p> Machine<'p> {
    pub(super) fn new(pickle: &'p [u8]) -> Self {
        Self {
            input: Input::new(pickle),
            nodes: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        }
    }

    pub(super) fn run(&mut self) -> Result<usize, ReadError> {
        loop {
            let opcode = self.input.byte()?;
            match opcode {
                b'.' => return self.pop(),
                0x80 => drop(self.input.byte()?),
                0x95 => drop(self.input.take(8)?),
                b'(' => self.marks.push(self.stack.len()),
                b'0' => drop(self.pop()?),
                b'1' => drop(self.pop_mark()?),
                b'2' => {
                    let top = self.top()?;
                    self.stack.push(top);
                }
                b'N' | 0x88 | 0x89 | b'I' | b'J' | b'K' | b'M' | b'L' | 0x8a | 0x8b | b'F'
                | b'G' => self.scalar(opcode)?,
                0x8c | b'X' | 0x8d | b'C' | b'B' | 0x8e | 0x96 | b'U' | b'T' => {
                    self.sized(opcode)?;
                }
                b']'
                | b'l'
                | b'a'
                | b'e'
                | b')'
                | 0x85..=0x87
                | b't'
                | 0x8f
                | 0x90
                | 0x91
                | b'}'
                | b'd'
                | b's'
                | b'u' => self.container(opcode)?,
                0x94 | b'q' | b'r' | b'p' | b'h' | b'j' | b'g' => self.memo(opcode)?,
                b'c'
                | 0x93
                | b'R'
                | b'b'
                | b'i'
                | b'o'
                | 0x81
                | 0x92
                | 0x82..=0x84
                | b'P'
                | b'Q' => return Err(self.object(opcode)),
                other => return Err(ReadError::Opcode(other)),
            }
        }
    }

    fn scalar(&mut self, opcode: u8) -> Result<(), ReadError> {
        let value = match opcode {
            b'N' => Value::None,
            0x88 => Value::Bool(true),
            0x89 => Value::Bool(false),
            b'K' => Value::Int(i128::from(self.input.byte()?)),
            b'M' => Value::Int(self.input.unsigned(2)?.into()),
            b'J' => {
                let bytes = self
                    .input
                    .take(4)?
                    .try_into()
                    .map_err(|_| ReadError::Truncated)?;
                Value::Int(i32::from_le_bytes(bytes).into())
            }
            0x8a => {
                let length = usize::from(self.input.byte()?);
                long(self.input.take(length)?)
            }
            0x8b => {
                let length = self.input.length(4)?;
                long(self.input.take(length)?)
            }
            b'G' => {
                let bytes = self
                    .input
                    .take(8)?
                    .try_into()
                    .map_err(|_| ReadError::Truncated)?;
                Value::Float(f64::from_be_bytes(bytes))
            }
            _ => text_number(opcode, self.input.line()?)?,
        };
        self.push(Node::Plain(value));
        Ok(())
    }

    fn sized(&mut self, opcode: u8) -> Result<(), ReadError> {
        let length = match opcode {
            0x8c | b'C' | b'U' => usize::from(self.input.byte()?),
            b'X' | b'B' | b'T' => self.input.length(4)?,
            _ => self.input.length(8)?,
        };
        let bytes = self.input.take(length)?;
        let value = match opcode {
            b'C' | b'B' | 0x8e | 0x96 => Value::Bytes(bytes.to_vec()),
            // A lone surrogate has no place in a Rust string; it becomes U+FFFD.
            _ => Value::Str(String::from_utf8_lossy(bytes).into_owned()),
        };
        self.push(Node::Plain(value));
        Ok(())
    }

    fn container(&mut self, opcode: u8) -> Result<(), ReadError> {
        match opcode {
            b']' => self.push(Node::List(Vec::new())),
            b')' => self.push(Node::Tuple(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            0x8f => self.push(Node::Set(Vec::new())),
            b'l' => {
                let items = self.pop_mark()?;
                self.push(Node::List(items));
            }
            b't' => {
                let items = self.pop_mark()?;
                self.push(Node::Tuple(items));
            }
            0x91 => {
                let items = self.pop_mark()?;
                self.push(Node::Set(items));
            }
            b'd' => {
                let items = self.pop_mark()?;
                self.push(Node::Dict(pairs(&items)?));
            }
            0x85..=0x87 => {
                let length = usize::from(opcode - 0x84);
                let start = self
                    .stack
                    .len()
                    .checked_sub(length)
                    .ok_or(ReadError::Stack)?;
                let items = self.stack.split_off(start);
                self.push(Node::Tuple(items));
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(&[item])?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.extend(&[key, value])?;
            }
            _ => {
                let items = self.pop_mark()?;
                self.extend(&items)?;
            }
        }
        Ok(())
    }

    /// Adds to the container on top of the stack.
    fn extend(&mut self, items: &[usize]) -> Result<(), ReadError> {
        let top = self.top()?;
        match self.nodes.get_mut(top) {
            Some(Node::List(list) | Node::Set(list)) => list.extend_from_slice(items),
            Some(Node::Dict(entries)) => {
                entries.extend(pairs(items)?);
            }
            _ => return Err(ReadError::Stack),
        }
        Ok(())
    }

    fn memo(&mut self, opcode: u8) -> Result<(), ReadError> {
        let key = match opcode {
            0x94 => self.memo.len() as u64,
            b'q' | b'h' => u64::from(self.input.byte()?),
            b'r' | b'j' => self.input.unsigned(4)?,
            _ => self.input.line()?.parse().map_err(|_| ReadError::Number)?,
        };
        if matches!(opcode, b'h' | b'j' | b'g') {
            let node = *self.memo.get(&key).ok_or(ReadError::Stack)?;
            self.stack.push(node);
        } else {
            let top = self.top()?;
            self.memo.insert(key, top);
        }
        Ok(())
    }

    /// Names the class as well as it can be found out.
    fn object(&mut self, opcode: u8) -> ReadError {
        let name = match opcode {
            b'c' | b'i' => match (self.input.line(), self.input.line()) {
                (Ok(module), Ok(name)) => format!("{module}.{name}"),
                _ => return ReadError::Truncated,
            },
            0x93 => {
                let name = self.pop_text();
                let module = self.pop_text();
                format!("{module}.{name}")
            }
            _ => "an unknown class".to_owned(),
        };
        ReadError::Object(name)
    }

    fn pop_text(&mut self) -> String {
        match self.pop().ok().and_then(|node| self.nodes.get(node)) {
            Some(Node::Plain(Value::Str(text))) => text.clone(),
            _ => "?".to_owned(),
        }
    }

    pub(super) fn value(
        &self,
        node: usize,
        depth: usize,
        made: &mut usize,
    ) -> Result<Value, ReadError> {
        *made += 1;
        if depth > MAX_DEPTH || *made > MAX_VALUES {
            return Err(ReadError::Depth);
        }
        let mut all = |items: &[usize]| {
            items
                .iter()
                .map(|item| self.value(*item, depth + 1, made))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(match self.nodes.get(node).ok_or(ReadError::Stack)? {
            Node::Plain(value) => value.clone(),
            Node::List(items) => Value::List(all(items)?),
            Node::Tuple(items) => Value::Tuple(all(items)?),
            Node::Set(items) => Value::Set(all(items)?),
            Node::Dict(entries) => {
                let (keys, values): (Vec<_>, Vec<_>) = entries.iter().copied().unzip();
                Value::Dict(all(&keys)?.into_iter().zip(all(&values)?).collect())
            }
        })
    }

    fn push(&mut self, node: Node) {
        self.stack.push(self.nodes.len());
        self.nodes.push(node);
    }

    fn top(&self) -> Result<usize, ReadError> {
        self.stack.last().copied().ok_or(ReadError::Stack)
    }

    fn pop(&mut self) -> Result<usize, ReadError> {
        self.stack.pop().ok_or(ReadError::Stack)
    }

    fn pop_mark(&mut self) -> Result<Vec<usize>, ReadError> {
        let mark = self.marks.pop().ok_or(ReadError::Stack)?;
        if mark > self.stack.len() {
            return Err(ReadError::Stack);
        }
        Ok(self.stack.split_off(mark))
    }
}

fn pairs(items: &[usize]) -> Result<Vec<(usize, usize)>, ReadError> {
    let (pairs, rest) = items.as_chunks::<2>();
    if rest.is_empty() {
        Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
    } else {
        Err(ReadError::Stack)
    }
}
