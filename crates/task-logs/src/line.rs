//! One line of a task log: `[2024-01-01T14:48:31.163+0000] {file.py:12} INFO - message`.

use std::{fmt, io};

use updraft_core::time::UtcDateTime;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }
}

/// Further lines of the message follow without a prefix, as Python's `logging` writes them.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub at: UtcDateTime,
    /// Stands where Python puts the file and line of the caller: `taskinstance.py:2614`.
    pub source: &'a str,
    pub level: Level,
    pub message: &'a str,
}

impl Line<'_> {
    /// Writes the line with its end, in one call, so that lines of several writers do not mix.
    pub fn write_to(&self, out: &mut impl io::Write) -> io::Result<()> {
        out.write_all(format!("{self}\n").as_bytes())
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = prefix(self.at, self.source, self.level);
        write!(f, "{prefix}{}", self.message)
    }
}

/// Everything before the message.
pub(crate) fn prefix(at: UtcDateTime, source: &str, level: Level) -> String {
    // `isoformat` leaves the fraction out where it is zero.
    let text = at.isoformat();
    let seconds = text.get(..19).unwrap_or_default();
    let millis = at.as_micros().rem_euclid(1_000_000) / 1_000;
    let level = level.as_str();
    format!("[{seconds}.{millis:03}+0000] {{{source}}} {level} - ")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2024-01-01T14:48:31.163999Z", "[2024-01-01T14:48:31.163+0000]")]
    #[case("2024-01-01T00:00:00Z", "[2024-01-01T00:00:00.000+0000]")]
    #[case("1969-12-31T23:59:59.5Z", "[1969-12-31T23:59:59.500+0000]")]
    fn looks_as_in_airflow(#[case] at: &str, #[case] expected: &str) {
        let line = Line {
            at: at.parse().unwrap(),
            source: "a.py:1",
            level: Level::Warning,
            message: "one\ntwo",
        };
        let mut written = Vec::new();
        line.write_to(&mut written).unwrap();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            format!("{expected} {{a.py:1}} WARNING - one\ntwo\n")
        );
    }
}
