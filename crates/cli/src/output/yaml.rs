//! `-o yaml`: block style with sorted keys, as libyaml writes it for Airflow.

use std::fmt::Write as _;

use super::{Record, Value, yaml_style::Style};

const BEST_WIDTH: usize = 80;
const INDENT: usize = 2;

pub(super) fn render(rows: &[Record]) -> String {
    let rows = rows
        .iter()
        .map(|row| Value::Map(row.clone()).normalized())
        .collect();
    let mut emitter = Emitter {
        text: String::new(),
        column: 0,
    };
    match Value::List(rows) {
        Value::List(rows) if rows.is_empty() => emitter.put("[]"),
        rows => emitter.block(&rows, 0),
    }
    // The text of a document ends with a line end, and Airflow prints another one.
    emitter.text.push_str("\n\n");
    emitter.text
}

/// A document that keeps what is no text, as libyaml writes it for `yaml.dump`.
pub(crate) fn document(value: impl Into<Value>) -> String {
    let mut emitter = Emitter {
        text: String::new(),
        column: 0,
    };
    match value.into() {
        Value::Map(items) if items.is_empty() => emitter.put("{}"),
        value => emitter.block(&value, 0),
    }
    emitter.text.push('\n');
    emitter.text
}

struct Emitter {
    text: String,
    column: usize,
}

impl Emitter {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.chars().count();
    }

    fn new_line(&mut self, indent: usize) {
        self.text.push('\n');
        self.text.push_str(&" ".repeat(indent));
        self.column = indent;
    }

    /// The items of a list or a map that is not empty, the first at the current position.
    fn block(&mut self, value: &Value, indent: usize) {
        match value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.new_line(indent);
                    }
                    self.put("- ");
                    self.item(item, indent + INDENT);
                }
            }
            Value::Map(items) => {
                let mut items: Vec<&(String, Value)> = items.iter().collect();
                items.sort_by(|left, right| left.0.cmp(&right.0));
                for (index, (key, item)) in items.into_iter().enumerate() {
                    if index > 0 {
                        self.new_line(indent);
                    }
                    self.scalar(key, indent, true);
                    self.put(":");
                    self.value(item, indent);
                }
            }
            other => self.item(other, indent),
        }
    }

    /// A value behind `- `.
    fn item(&mut self, value: &Value, indent: usize) {
        match value {
            Value::List(items) if items.is_empty() => self.put("[]"),
            Value::Map(items) if items.is_empty() => self.put("{}"),
            Value::List(_) | Value::Map(_) => self.block(value, indent),
            Value::None => self.put("null"),
            Value::Boolean(flag) => self.put(if *flag { "true" } else { "false" }),
            Value::Integer(number) => self.put(&number.to_string()),
            other => self.scalar(&other.text(), indent, false),
        }
    }

    /// A value behind `key:`. A list within a map is not indented.
    fn value(&mut self, value: &Value, indent: usize) {
        match value {
            Value::List(items) if !items.is_empty() => {
                self.new_line(indent);
                self.block(value, indent);
            }
            Value::Map(items) if !items.is_empty() => {
                self.new_line(indent + INDENT);
                self.block(value, indent + INDENT);
            }
            other => {
                self.put(" ");
                self.item(other, indent + INDENT);
            }
        }
    }

    /// Text in the plainest style that reads back as the same text; further lines get `indent`.
    fn scalar(&mut self, text: &str, indent: usize, is_key: bool) {
        let style = Style::of(text, is_key);
        let folds = !is_key;
        match style {
            Style::Plain => self.plain(text, indent, folds),
            Style::SingleQuoted => self.single_quoted(text, indent, folds),
            Style::DoubleQuoted => self.double_quoted(text, indent, folds),
        }
    }

    fn plain(&mut self, text: &str, indent: usize, folds: bool) {
        let chars: Vec<char> = text.chars().collect();
        let mut after_space = false;
        for (index, c) in chars.iter().enumerate() {
            let is_space = *c == ' ';
            let next_is_space = chars.get(index + 1) == Some(&' ');
            if is_space && folds && !after_space && self.column > BEST_WIDTH && !next_is_space {
                self.new_line(indent);
            } else {
                self.put(c.encode_utf8(&mut [0; 4]));
            }
            after_space = is_space;
        }
    }

    fn single_quoted(&mut self, text: &str, indent: usize, folds: bool) {
        self.put("'");
        let chars: Vec<char> = text.chars().collect();
        let (mut after_space, mut after_break) = (false, false);
        for (index, c) in chars.iter().enumerate() {
            let is_inner = index > 0 && index + 1 < chars.len();
            let next_is_space = chars.get(index + 1) == Some(&' ');
            match c {
                ' ' => {
                    let may_fold = folds && !after_space && is_inner && !next_is_space;
                    if may_fold && self.column > BEST_WIDTH {
                        self.new_line(indent);
                    } else {
                        self.put(" ");
                    }
                    after_space = true;
                }
                '\n' => {
                    if !after_break {
                        self.text.push('\n');
                    }
                    self.text.push('\n');
                    self.column = 0;
                    after_break = true;
                }
                c => {
                    if after_break {
                        self.text.push_str(&" ".repeat(indent));
                        self.column = indent;
                    }
                    if *c == '\'' {
                        self.put("'");
                    }
                    self.put(c.encode_utf8(&mut [0; 4]));
                    (after_space, after_break) = (false, false);
                }
            }
        }
        if after_break {
            self.text.push_str(&" ".repeat(indent));
            self.column = indent;
        }
        self.put("'");
    }

    fn double_quoted(&mut self, text: &str, indent: usize, folds: bool) {
        self.put("\"");
        let chars: Vec<char> = text.chars().collect();
        let mut after_space = false;
        for (index, c) in chars.iter().enumerate() {
            let is_inner = index > 0 && index + 1 < chars.len();
            if *c == ' ' {
                if folds && !after_space && is_inner && self.column > BEST_WIDTH {
                    self.new_line(indent);
                    if chars.get(index + 1) == Some(&' ') {
                        self.put("\\");
                    }
                } else {
                    self.put(" ");
                }
                after_space = true;
            } else {
                self.put(&escaped(*c));
                after_space = false;
            }
        }
        self.put("\"");
    }
}

fn escaped(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        ' '..='~' => return c.to_string(),
        _ => {
            let code = u32::from(c);
            let mut text = String::new();
            // Writing into a `String` cannot fail.
            let _ = match code {
                0..=0xff => write!(text, "\\x{code:02X}"),
                0x100..=0xffff => write!(text, "\\u{code:04X}"),
                _ => write!(text, "\\U{code:08X}"),
            };
            return text;
        }
    };
    format!("\\{short}")
}
