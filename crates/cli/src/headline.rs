//! The one line of a traceback that says what happened.

/// The exception of a traceback, whose text may go on for lines; otherwise the first line.
pub(crate) fn headline(error: &str) -> &str {
    let is_exception = |line: &&str| {
        let name = line.split_once(':').map_or(*line, |(name, _)| name);
        name.starts_with(char::is_alphabetic)
            && name
                .chars()
                .all(|letter| letter.is_alphanumeric() || "._".contains(letter))
    };
    let mut lines = error.trim().lines();
    let first = lines.clone().next().unwrap_or_default();
    lines.rfind(is_exception).unwrap_or(first)
}

/// A reason for one line: of one with a traceback behind it, the place and the exception at its end.
pub(crate) fn one_line(reason: &str) -> String {
    let first = reason.lines().next().unwrap_or_default();
    let Some((before, trace)) = reason.split_once("Traceback (most recent call last):") else {
        return first.to_owned();
    };
    let before = before.lines().next().unwrap_or_default();
    let before = before.trim_end_matches(':').trim();
    let place = last_place(trace).map(|place| format!("{place}: "));
    let what = format!("{}{}", place.unwrap_or_default(), headline(trace));
    if before.is_empty() {
        what
    } else {
        format!("{before}: {what}")
    }
}

/// `file:line` of the innermost call, without the folders.
fn last_place(trace: &str) -> Option<String> {
    let (_, behind) = trace.rsplit_once("File \"")?;
    let (path, behind) = behind.split_once("\", line ")?;
    let line: String = behind.chars().take_while(char::is_ascii_digit).collect();
    let name = path.rsplit('/').next()?;
    Some(format!("{name}:{line}"))
}

/// The line of `file` that a traceback names last.
pub(crate) fn line_in<'a>(error: &'a str, file: &str) -> Option<&'a str> {
    let place = format!("File \"{file}\", line ");
    let (_, behind) = error.rsplit_once(&place)?;
    let end = behind.find(|c: char| !c.is_ascii_digit());
    Some(&behind[..end.unwrap_or(behind.len())]).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exception_is_the_headline() {
        for (error, expected) in [
            (
                "Traceback (most recent call last):\n  File \"a.py\"\na.b.Broken: one\ntwo, PID: 3\n",
                "a.b.Broken: one",
            ),
            (
                "Traceback:\n  File\nKeyboardInterrupt\n",
                "KeyboardInterrupt",
            ),
            (
                "The file was not parsed.\nThe last it printed:\n[2026] ERROR - x",
                "The file was not parsed.",
            ),
        ] {
            assert_eq!(headline(error), expected);
        }
    }

    #[test]
    fn the_last_line_of_the_file_counts() {
        let error = "  File \"/d/a.py\", line 3, in <module>\n  File \"/d/a.py\", line 12, in f\n  File \
                     \"/lib/b.py\", line 7\nKeyError: 1\n";
        assert_eq!(line_in(error, "/d/a.py"), Some("12"));
        assert_eq!(line_in(error, "/d/c.py"), None);
    }

    #[test]
    fn a_reason_takes_one_line() {
        let reason = "DagNotFound: DAG 'etl' is not in /d/etl.py:\nTraceback (most recent call last):\n  File \
                      \"/d/etl.py\", line 11\n    nonsense(\n            ^\nSyntaxError: '(' was never closed\n";
        assert_eq!(
            one_line(reason),
            "DagNotFound: DAG 'etl' is not in /d/etl.py: etl.py:11: SyntaxError: '(' was never closed"
        );
        assert_eq!(one_line("ValueError: a\nb"), "ValueError: a");
        assert_eq!(one_line(""), "");
    }
}
