//! What a task prints, as lines of its log.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use updraft_core::time::UtcDateTime;

use crate::line::{Level, prefix};

/// Turns raw output into log lines, as stock does with what a task prints: white space at the end of
/// a line, empty lines and terminal escape codes are left out.
///
/// Bytes that are not UTF-8 become U+FFFD. A line longer than the bound becomes several lines of the
/// log, so that memory stays bounded whatever the task prints.
#[derive(Debug)]
pub struct OutputWriter {
    source: &'static str,
    max_line: usize,
    /// Bytes of the line whose end has not come yet; never longer than `max_line`.
    pending: Vec<u8>,
}

impl OutputWriter {
    pub const MAX_LINE: usize = 256 * 1024;

    pub fn new() -> Self {
        // Stock's line of the same task comes from this file, and its UI knows it.
        Self::with("logging_mixin.py:190", Self::MAX_LINE)
    }

    /// `max_line` is the bound in bytes, at least 4.
    pub fn with(source: &'static str, max_line: usize) -> Self {
        Self {
            source,
            max_line: max_line.max(4),
            pending: Vec::new(),
        }
    }

    /// Writes the lines that `bytes` completes, each passed through `mask`, in one call.
    pub fn write(
        &mut self,
        bytes: &[u8],
        at: UtcDateTime,
        mask: impl Fn(&str) -> Cow<'_, str>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let prefix = prefix(at, self.source, Level::Info);
        let mut lines = Lines {
            prefix: &prefix,
            mask,
            text: Vec::with_capacity(bytes.len() + prefix.len()),
        };
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.take(&rest[..end], &mut lines);
            lines.push(&std::mem::take(&mut self.pending));
            rest = &rest[end + 1..];
        }
        self.take(rest, &mut lines);
        out.write_all(&lines.text)
    }

    /// Writes what was printed after the last end of line.
    pub fn finish(
        &mut self,
        at: UtcDateTime,
        mask: impl Fn(&str) -> Cow<'_, str>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.write(b"\n", at, mask, out)
    }

    /// Adds `bytes` to the pending line; what exceeds the bound is written.
    fn take<M: Fn(&str) -> Cow<'_, str>>(&mut self, mut bytes: &[u8], lines: &mut Lines<'_, M>) {
        while self.pending.len() + bytes.len() > self.max_line {
            let (now, later) = bytes.split_at(self.max_line - self.pending.len());
            self.pending.extend_from_slice(now);
            bytes = later;
            let rest = self.pending.split_off(cut(&self.pending));
            lines.push(&std::mem::replace(&mut self.pending, rest));
        }
        self.pending.extend_from_slice(bytes);
    }
}

impl Default for OutputWriter {
    fn default() -> Self {
        Self::new()
    }
}

/// Where to cut `bytes` so that no character is cut that the next bytes may complete.
fn cut(bytes: &[u8]) -> usize {
    let start_of_last = (bytes.len().saturating_sub(3)..bytes.len())
        .rev()
        .find(|index| bytes[*index] & 0b1100_0000 != 0b1000_0000);
    match start_of_last {
        Some(index) if std::str::from_utf8(&bytes[index..]).is_err() && index > 0 => index,
        _ => bytes.len(),
    }
}

struct Lines<'a, M> {
    prefix: &'a str,
    mask: M,
    text: Vec<u8>,
}

impl<M: Fn(&str) -> Cow<'_, str>> Lines<'_, M> {
    fn push(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let line = without_escape_codes(line.trim_end());
        if line.is_empty() {
            return;
        }
        self.text.extend_from_slice(self.prefix.as_bytes());
        self.text.extend_from_slice((self.mask)(&line).as_bytes());
        self.text.push(b'\n');
    }
}

/// Leaves out what a terminal would take as a command: ESC, one of `@` to `_`, parameters, an end.
fn without_escape_codes(line: &str) -> Cow<'_, str> {
    const ESCAPE: char = '\u{1b}';
    if !line.contains(ESCAPE) {
        return Cow::Borrowed(line);
    }
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(ESCAPE) {
        text.push_str(before);
        if let Some(length) = escape_code(after) {
            rest = &after[length..];
        } else {
            text.push(ESCAPE);
            rest = after;
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Length of the code that begins `text`, which follows an ESC.
fn escape_code(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let count = |from: usize, range: std::ops::RangeInclusive<u8>| {
        let tail = bytes.get(from..).unwrap_or_default();
        tail.iter().take_while(|byte| range.contains(byte)).count()
    };
    if !(b'@'..=b'_').contains(bytes.first()?) {
        return None;
    }
    let parameters = 1 + count(1, b'0'..=b'?');
    let end = parameters + count(parameters, b' '..=b'/');
    (b'@'..=b'~').contains(bytes.get(end)?).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const PREFIX: &str = "[2024-01-01T00:00:00.000+0000] {logging_mixin.py:190} INFO - ";

    fn unmasked(text: &str) -> Cow<'_, str> {
        Cow::Borrowed(text)
    }

    fn lines_of(writer: &mut OutputWriter, chunks: &[&[u8]]) -> Vec<String> {
        let at = "2024-01-01T00:00:00Z".parse().unwrap();
        let mut out = Vec::new();
        for chunk in chunks {
            writer.write(chunk, at, unmasked, &mut out).unwrap();
        }
        writer.finish(at, unmasked, &mut out).unwrap();
        String::from_utf8(out)
            .unwrap()
            .lines()
            .map(|line| line.strip_prefix(PREFIX).unwrap().to_owned())
            .collect()
    }

    #[rstest]
    #[case::split_anywhere(&[&b"on"[..], b"e\ntwo\nth", b"ree"], &["one", "two", "three"])]
    #[case::empty_lines(&[&b"\n\r\n  \none  \r\n"[..]], &["one"])]
    #[case::invalid(&[&b"a\xffb\n"[..]], &["a\u{fffd}b"])]
    #[case::split_character(&[&b"\xc3"[..], b"\xbc\n"], &["ü"])]
    #[case::colours(&[&b"\x1b[1;31mred\x1b[0m \x1b]x \x1b\n"[..]], &["red  \u{1b}"])]
    #[case::nothing(&[&b""[..]], &[])]
    fn writes_lines(#[case] chunks: &[&[u8]], #[case] expected: &[&str]) {
        assert_eq!(lines_of(&mut OutputWriter::new(), chunks), expected);
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        let mut writer = OutputWriter::with("logging_mixin.py:190", 8);
        let lines = lines_of(&mut writer, &["123456789\n1234567üü€€\n".as_bytes()]);
        assert_eq!(lines, ["12345678", "9", "1234567", "üü€", "€"]);
    }

    #[test]
    fn bytes_without_end_of_line_do_not_add_up() {
        let mut writer = OutputWriter::new();
        let at = "2024-01-01T00:00:00Z".parse().unwrap();
        let mut written = 0;
        for _ in 0..100 {
            let mut out = Vec::new();
            writer
                .write(&vec![b'x'; 64 * 1024], at, unmasked, &mut out)
                .unwrap();
            written += out.len();
            assert!(writer.pending.capacity() <= 2 * OutputWriter::MAX_LINE);
        }
        assert!(written > 5 * 1024 * 1024);
    }

    #[test]
    fn lines_are_masked() {
        let mut out = Vec::new();
        OutputWriter::new()
            .write(
                b"the word is swordfish\n",
                "2024-01-01T00:00:00Z".parse().unwrap(),
                |text| Cow::Owned(text.replace("swordfish", "***")),
                &mut out,
            )
            .unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            format!("{PREFIX}the word is ***\n")
        );
    }
}
