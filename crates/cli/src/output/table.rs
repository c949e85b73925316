//! `-o table`: columns between rules, as Python's `rich` sets them for Airflow.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Record, Value};

/// A table at most `width` columns wide; cells that do not fit are wrapped between words.
pub(super) fn render(rows: &[Record], width: usize) -> String {
    let header = rows
        .first()
        .map(|first| first.iter().map(|(name, _)| name.clone()).collect());
    render_below(header, rows, width)
}

/// As [`render`], without the names of the columns.
pub(crate) fn without_header(rows: &[Record], width: usize) -> String {
    render_below(None, rows, width)
}

fn render_below(header: Option<Vec<String>>, rows: &[Record], width: usize) -> String {
    let Some(first) = rows.first() else {
        return "No data found\n".to_owned();
    };
    let has_header = header.is_some();
    let body = rows
        .iter()
        .map(|row| row.iter().map(|(_, value)| cell(value)).collect());
    let rows: Vec<Vec<String>> = header.into_iter().chain(body).collect();
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| row.into_iter().map(|text| expand_tabs(&text)).collect())
        .collect();
    let columns = first.len();
    let widths = column_widths(&rows, columns, width.saturating_sub(columns - 1));
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let is_header = has_header && index == 0;
        text += &render_row(row, &widths, is_header);
        if is_header {
            let rules: Vec<String> = widths.iter().map(|width| "=".repeat(*width)).collect();
            text += &rules.join("+");
            text.push('\n');
        }
    }
    // Airflow's tables have a caption, which is a space.
    let table_width = widths.iter().sum::<usize>() + columns - 1;
    text += &" ".repeat(table_width);
    text.push('\n');
    text
}

/// How wide it is where nothing has to be wrapped.
pub(super) fn natural_width(rows: &[Record]) -> usize {
    let text = render(rows, usize::MAX / 2);
    text.lines()
        .map(UnicodeWidthStr::width)
        .max()
        .unwrap_or_default()
}

fn cell(value: &Value) -> String {
    match value {
        Value::List(items) => items.iter().map(cell).collect::<Vec<_>>().join(","),
        other => other.text(),
    }
}

/// Space around the text: one column at each side that has a neighbour.
fn padding(index: usize, columns: usize) -> (usize, usize) {
    (usize::from(index > 0), usize::from(index + 1 < columns))
}

fn column_widths(rows: &[Vec<String>], columns: usize, available: usize) -> Vec<usize> {
    let natural: Vec<usize> = (0..columns)
        .map(|index| {
            let (left, right) = padding(index, columns);
            let text = rows.iter().filter_map(|row| row.get(index));
            let width = text
                .flat_map(|text| text.split('\n').map(UnicodeWidthStr::width))
                .max()
                .unwrap_or_default();
            (width + left + right).max(1)
        })
        .collect();
    let mut widths = natural.clone();
    while let Some(excess) = widths.iter().sum::<usize>().checked_sub(available + 1) {
        let excess = excess + 1;
        let largest = widths.iter().copied().max().unwrap_or_default();
        let second = widths
            .iter()
            .copied()
            .filter(|width| *width != largest)
            .max()
            .unwrap_or_default();
        if largest == 0 {
            break;
        }
        reduce(&mut widths, largest, excess, excess.min(largest - second));
    }
    widths
        .iter()
        .zip(&natural)
        .map(|(width, natural)| *width.min(natural))
        .collect()
}

/// Takes `excess` from the columns of the width `largest`, from each at most `bound`.
fn reduce(widths: &mut [usize], largest: usize, excess: usize, bound: usize) {
    let mut share = widths.iter().filter(|width| **width == largest).count();
    let mut remaining = excess;
    for width in widths.iter_mut().filter(|width| **width == largest) {
        let part = round_half_even(remaining, share).min(bound);
        *width -= part;
        remaining -= part;
        share -= 1;
    }
}

/// Python's `round(dividend / divisor)`.
fn round_half_even(dividend: usize, divisor: usize) -> usize {
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    match (rest * 2).cmp(&divisor) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Greater => quotient + 1,
        std::cmp::Ordering::Equal => quotient + quotient % 2,
    }
}

/// A header's cells stand at the bottom of their row, others at the top.
fn render_row(row: &[String], widths: &[usize], is_header: bool) -> String {
    let columns = widths.len();
    let cells: Vec<Vec<String>> = row
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(index, (text, width))| {
            let (left, right) = padding(index, columns);
            let inner = width.saturating_sub(left + right).max(1);
            wrap(text, inner)
                .into_iter()
                .map(|line| format!("{}{line}{}", " ".repeat(left), " ".repeat(right)))
                .collect()
        })
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(1);
    let mut text = String::new();
    for line in 0..height {
        let parts: Vec<String> = cells
            .iter()
            .zip(widths)
            .map(|(lines, width)| {
                let above = if is_header { height - lines.len() } else { 0 };
                let line = line.checked_sub(above).and_then(|line| lines.get(line));
                pad(line.map_or("", String::as_str), *width)
            })
            .collect();
        text += &parts.join("|");
        text.push('\n');
    }
    text
}

fn pad(text: &str, width: usize) -> String {
    let fill = width.saturating_sub(text.width());
    text.to_owned() + &" ".repeat(fill)
}

/// The lines of `text`, each padded to `width`.
fn wrap(text: &str, width: usize) -> Vec<String> {
    text.split('\n')
        .flat_map(|line| wrap_line(line, width))
        .map(|line| {
            // White space at the end may reach over the edge; it is the first to go.
            let mut line = line;
            while line.width() > width && line.ends_with(char::is_whitespace) {
                line.pop();
            }
            pad(&line, width)
        })
        .collect()
}

/// Cuts before a word that does not fit any more, and within a word that fits no line.
fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in words(line) {
        let length = word.trim_end().width();
        if used + length <= width {
            append(&mut lines, word);
            used += word.width();
        } else if length > width {
            for (index, part) in chop(word, width).into_iter().enumerate() {
                if index > 0 || !lines.concat().is_empty() {
                    lines.push(String::new());
                }
                append(&mut lines, &part);
                used = part.width();
            }
        } else {
            if used > 0 {
                lines.push(String::new());
                used = 0;
            }
            append(&mut lines, word);
            used += word.width();
        }
    }
    lines
}

fn append(lines: &mut [String], text: &str) {
    if let Some(last) = lines.last_mut() {
        last.push_str(text);
    }
}

/// Words with the white space that follows; the first one also with that before it.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line;
    while !rest.trim().is_empty() {
        let start = rest.len() - rest.trim_start().len();
        let end_of_word = rest[start..]
            .find(char::is_whitespace)
            .map_or(rest.len(), |index| start + index);
        let tail = &rest[end_of_word..];
        let end = end_of_word + tail.len() - tail.trim_start().len();
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
    words
}

fn chop(word: &str, width: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut used = 0;
    for c in word.chars() {
        let size = c.width().unwrap_or_default();
        if used + size > width {
            parts.push(String::new());
            used = 0;
        }
        used += size;
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

fn expand_tabs(text: &str) -> String {
    const STOP: usize = 8;
    if !text.contains('\t') {
        return text.to_owned();
    }
    let mut expanded = String::new();
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let fill = STOP - column % STOP;
                expanded += &" ".repeat(fill);
                column += fill;
            }
            '\n' => {
                expanded.push(c);
                column = 0;
            }
            c => {
                expanded.push(c);
                column += c.width().unwrap_or_default();
            }
        }
    }
    expanded
}
