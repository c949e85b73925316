//! From the events of the parser to one value.

use std::{borrow::Cow, collections::HashMap};

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};
use serde_json::{Map, Value};

use super::scalar;

/// Aliases of aliases make a small file large without an end.
const MOST_VALUES: usize = 1_000_000;

/// Lists in lists: as deep as any file that a person wrote, and no danger to the stack.
const DEEPEST: usize = 100;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct YamlError {
    /// From one.
    pub line: usize,
    pub message: String,
}

impl YamlError {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
        }
    }
}

/// The value of the one document in `text`; none is null.
///
/// # Errors
///
/// Text that is no YAML, several documents, and tags that stand for objects of a program.
pub fn load(text: &str) -> Result<Value, YamlError> {
    let mut loader = Loader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        values: 0,
    };
    let mut value = None;
    loop {
        match loader.next()? {
            (Event::StreamEnd, _) => return Ok(value.unwrap_or_default()),
            (Event::DocumentStart(_), line) if value.is_some() => {
                return Err(YamlError::new(line, "a second document begins here"));
            }
            (Event::DocumentStart(_), _) => {
                let first = loader.next()?;
                value = Some(loader.node(first, 0)?);
            }
            _ => {}
        }
    }
}

struct Loader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Value>,
    values: usize,
}

type Placed<'a> = (Event<'a>, usize);

impl<'a> Loader<'a> {
    fn next(&mut self) -> Result<Placed<'a>, YamlError> {
        match self.parser.next() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => Err(YamlError::new(error.marker().line(), error.info())),
            None => Ok((Event::StreamEnd, 0)),
        }
    }

    fn node(&mut self, (event, line): Placed<'a>, depth: usize) -> Result<Value, YamlError> {
        if depth > DEEPEST {
            return Err(YamlError::new(line, "lists and maps are nested too deep"));
        }
        let (value, anchor) = match event {
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                let value = value
                    .ok_or_else(|| YamlError::new(line, "the alias has no anchor before it"))?;
                self.values += size(&value);
                (value, 0)
            }
            Event::Scalar(text, style, anchor, tag) => {
                (scalar_of(&text, style, tag.as_deref(), line)?, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                require(tag.as_ref(), "seq", line)?;
                (self.sequence(depth + 1)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                require(tag.as_ref(), "map", line)?;
                (Value::Object(self.mapping(depth + 1)?), anchor)
            }
            _ => return Err(YamlError::new(line, "a value is expected")),
        };
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(YamlError::new(line, "aliases make the file too large"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::Array(items)),
                event => items.push(self.node(event, depth)?),
            }
        }
    }

    /// The last one of several values of a key counts. What is merged in (`<<`) gives way to the map's
    /// own keys, wherever they stand.
    fn mapping(&mut self, depth: usize) -> Result<Map<String, Value>, YamlError> {
        let (mut merged, mut own) = (Map::new(), Vec::new());
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(text, ScalarStyle::Plain, _, None), line) if text == "<<" => {
                    let event = self.next()?;
                    let value = self.node(event, depth)?;
                    merge(value, line, &mut merged)?;
                    continue;
                }
                (event, line) => match self.node((event, line), depth)? {
                    Value::String(text) => text,
                    Value::Array(_) | Value::Object(_) => {
                        return Err(YamlError::new(line, "a key is a list or a map"));
                    }
                    // As in Python's JSON: `true`, `null`, `1`.
                    other => other.to_string(),
                },
            };
            let event = self.next()?;
            own.push((key, self.node(event, depth)?));
        }
        merged.extend(own);
        Ok(merged)
    }
}

/// A map, or a list of maps of which the first ones win.
fn merge(value: Value, line: usize, into: &mut Map<String, Value>) -> Result<(), YamlError> {
    let refused = || YamlError::new(line, "`<<` takes a map or a list of maps");
    match value {
        Value::Object(map) => into.extend(map),
        Value::Array(maps) => {
            for map in maps.into_iter().rev() {
                let Value::Object(map) = map else {
                    return Err(refused());
                };
                into.extend(map);
            }
        }
        _ => return Err(refused()),
    }
    Ok(())
}

fn scalar_of(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    line: usize,
) -> Result<Value, YamlError> {
    match (tag, style) {
        (None, ScalarStyle::Plain) => Ok(scalar::plain(text)),
        (None, _) => Ok(Value::String(text.to_owned())),
        (Some(tag), _) => {
            let name = name(tag);
            // To PyYAML, a lone `!` says nothing.
            if name == "!" {
                return scalar_of(text, style, None, line);
            }
            let value = own(&name).and_then(|kind| scalar::tagged(kind, text));
            value.ok_or_else(|| YamlError::new(line, format!("the tag {name} cannot be used here")))
        }
    }
}

fn require(tag: Option<&Cow<'_, Tag>>, kind: &str, line: usize) -> Result<(), YamlError> {
    let name = tag.map(|tag| name(tag));
    match name {
        Some(name) if own(&name) != Some(kind) => Err(YamlError::new(
            line,
            format!("the tag {name} cannot be used here"),
        )),
        _ => Ok(()),
    }
}

fn name(tag: &Tag) -> String {
    format!("{}{}", tag.handle, tag.suffix)
}

/// The kind of one of YAML's own tags.
fn own(name: &str) -> Option<&str> {
    name.strip_prefix("tag:yaml.org,2002:")
}

/// How many values there are in it.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(size).sum::<usize>() + 1,
        Value::Object(map) => map.values().map(size).sum::<usize>() + 1,
        _ => 1,
    }
}
