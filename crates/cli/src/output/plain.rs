//! `-o plain`: columns without rules, as Python's `tabulate` sets them.

use unicode_width::UnicodeWidthStr;

use super::{Record, Value};

const GAP: &str = "  ";
/// What `tabulate` adds to a header.
const HEADER_PADDING: usize = 2;

pub(super) fn render(rows: &[Record]) -> String {
    let Some(first) = rows.first() else {
        return "No data found\n".to_owned();
    };
    let columns: Vec<Column> = first
        .iter()
        .enumerate()
        .map(|(index, (name, _))| Column::new(name, rows.iter().filter_map(|row| row.get(index))))
        .collect();
    let header: Vec<&str> = columns
        .iter()
        .map(|column| column.header.as_str())
        .collect();
    let mut text = line(&header);
    for index in 0..rows.len() {
        let cells: Vec<&[String]> = columns
            .iter()
            .map(|column| column.cells[index].as_slice())
            .collect();
        let height = cells.iter().map(|lines| lines.len()).max().unwrap_or(1);
        for row in 0..height {
            let parts: Vec<&str> = cells
                .iter()
                .zip(&columns)
                .map(|(lines, column)| lines.get(row).unwrap_or(&column.blank).as_str())
                .collect();
            text += &line(&parts);
        }
    }
    text
}

fn line(cells: &[&str]) -> String {
    let mut text = cells.join(GAP).trim_end().to_owned();
    text.push('\n');
    text
}

struct Column {
    header: String,
    /// Of each row the lines, padded to the width of the column.
    cells: Vec<Vec<String>>,
    blank: String,
}

/// What all cells of a column can be read as, from the least general.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Empty,
    Boolean,
    Integer,
    Float,
    Text,
}

impl Column {
    fn new<'a>(name: &str, values: impl Iterator<Item = &'a (String, Value)>) -> Self {
        let cells: Vec<Option<String>> = values
            .map(|(_, value)| match value.normalized() {
                Value::None => None,
                other => Some(other.text()),
            })
            .collect();
        let kind = cells
            .iter()
            .map(|cell| kind_of(cell.as_deref()))
            .max()
            .unwrap_or(Kind::Empty);
        let texts: Vec<String> = cells
            .into_iter()
            .map(|cell| shown(cell, kind).trim().to_owned())
            .collect();
        let texts = if kind == Kind::Float {
            align_points(texts)
        } else {
            texts
        };
        let width = texts
            .iter()
            .flat_map(|text| text.lines().map(UnicodeWidthStr::width))
            .chain([name.width() + HEADER_PADDING])
            .max()
            .unwrap_or_default();
        let is_right = matches!(kind, Kind::Integer | Kind::Float);
        Self {
            header: pad(name, width, is_right),
            cells: texts
                .iter()
                .map(|text| {
                    text.lines()
                        .map(|line| pad(line, width, is_right))
                        .collect()
                })
                .collect(),
            blank: " ".repeat(width),
        }
    }
}

fn kind_of(cell: Option<&str>) -> Kind {
    match cell {
        None => Kind::Empty,
        Some("True" | "False") => Kind::Boolean,
        Some(text) if is_integer(text) => Kind::Integer,
        Some(text) if float(text).is_some() => Kind::Float,
        Some(_) => Kind::Text,
    }
}

fn is_integer(text: &str) -> bool {
    text.trim().replace('_', "").parse::<i128>().is_ok()
}

fn float(text: &str) -> Option<f64> {
    let text = text.trim();
    text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        .then(|| text.parse().ok())
        .flatten()
}

fn shown(cell: Option<String>, kind: Kind) -> String {
    let text = cell.unwrap_or_default();
    match float(&text).filter(|_| kind == Kind::Float) {
        Some(number) => general(number),
        None => text,
    }
}

/// C's `%g`, for numbers that do not need an exponent; others are left to Rust's own notation.
fn general(number: f64) -> String {
    const DIGITS: i32 = 6;
    if number == 0.0 {
        return "0".to_owned();
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 308")]
    let exponent = number.abs().log10().floor() as i32;
    if !(-4..DIGITS).contains(&exponent) {
        return format!("{number:e}");
    }
    let decimals = usize::try_from(DIGITS - 1 - exponent).unwrap_or_default();
    let text = format!("{number:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Fills up behind the point, so that padding before brings the points below each other.
fn align_points(texts: Vec<String>) -> Vec<String> {
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, tail)| tail.len() + 1);
    let most = texts.iter().map(|text| decimals(text)).max().unwrap_or(0);
    texts
        .into_iter()
        .map(|text| {
            let fill = most - decimals(&text);
            text + &" ".repeat(fill)
        })
        .collect()
}

fn pad(text: &str, width: usize, is_right: bool) -> String {
    let fill = " ".repeat(width.saturating_sub(text.width()));
    if is_right {
        fill + text
    } else {
        text.to_owned() + &fill
    }
}
