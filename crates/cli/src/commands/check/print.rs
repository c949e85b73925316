//! Problems for a person, or for a program.

use std::{
    fmt::Write as _,
    io::IsTerminal as _,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    parse::Checked,
    problem::{Problem, Severity},
};

/// `-o`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Form {
    /// A line for each problem, with its place, and a hint
    Text,
    /// A list of objects
    Json,
}

pub(super) fn json(problems: &[Problem]) -> serde_json::Result<String> {
    serde_json::to_string_pretty(problems)
}

pub(super) fn text(checked: &Checked, took: Duration) -> String {
    let style = Style {
        is_coloured: std::io::stdout().is_terminal(),
        here: std::env::current_dir().ok(),
    };
    let mut text = String::new();
    for problem in &checked.problems {
        text.push_str(&style.problem(problem));
    }
    if !checked.problems.is_empty() {
        text.push('\n');
    }
    text.push_str(&style.summary(checked, took));
    text
}

struct Style {
    is_coloured: bool,
    /// Paths below it are shown without it.
    here: Option<PathBuf>,
}

const RED: &str = "31";
const YELLOW: &str = "33";
const GREEN: &str = "32";
const BOLD: &str = "1";
const CYAN: &str = "36";

impl Style {
    /// `file:line: error: what it is`, and what to do about it below.
    fn problem(&self, problem: &Problem) -> String {
        let mut place = self.shown(&problem.path);
        for number in [problem.line, problem.column].into_iter().flatten() {
            let _ = write!(place, ":{number}");
        }
        let severity = match problem.severity {
            Severity::Error => self.paint(RED, "error"),
            Severity::Warning => self.paint(YELLOW, "warning"),
        };
        let message = problem.message.trim().replace('\n', "\n    ");
        let place = self.paint(BOLD, &format!("{place}:"));
        let hint = self.paint(CYAN, "hint:");
        format!(
            "{place} {severity}: {message}\n    {hint} {}\n",
            problem.hint
        )
    }

    fn summary(&self, checked: &Checked, took: Duration) -> String {
        let errors = checked.problems.iter().filter(|one| one.is_error()).count();
        let warnings = checked.problems.len() - errors;
        let verdict = match (errors, warnings) {
            (0, 0) => self.paint(GREEN, "no problems"),
            (0, _) => self.paint(YELLOW, &count(warnings, "warning")),
            (_, 0) => self.paint(RED, &count(errors, "error")),
            _ => format!(
                "{}, {}",
                self.paint(RED, &count(errors, "error")),
                self.paint(YELLOW, &count(warnings, "warning"))
            ),
        };
        format!(
            "{} in {} in {:.1} s: {verdict}\n",
            count(checked.dags.len(), "DAG"),
            count(checked.files, "file"),
            took.as_secs_f64()
        )
    }

    fn shown(&self, path: &str) -> String {
        let here = self.here.as_deref().unwrap_or(Path::new("/"));
        let below = Path::new(path).strip_prefix(here).ok();
        below.map_or_else(|| path.to_owned(), |below| below.display().to_string())
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.is_coloured {
            format!("\x1b[{colour}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_editors_know() {
        let style = Style {
            is_coloured: false,
            here: Some(PathBuf::from("/home/me")),
        };
        let mut problem = Problem::of_file(
            "syntax_error",
            Path::new("/home/me/dags/etl.py"),
            "SyntaxError: no\nmore".to_owned(),
            "look",
        );
        problem.line = Some(7);
        problem.column = Some(2);
        assert_eq!(
            style.problem(&problem),
            "dags/etl.py:7:2: error: SyntaxError: no\n    more\n    hint: look\n"
        );
        problem.path = "/opt/dags/etl.py".to_owned();
        problem.column = None;
        assert!(style.problem(&problem).starts_with("/opt/dags/etl.py:7: "));
    }

    #[test]
    fn the_last_line_counts() {
        let style = Style {
            is_coloured: false,
            here: None,
        };
        let mut checked = Checked {
            files: 2,
            ..Checked::default()
        };
        let took = Duration::from_millis(260);
        assert_eq!(
            style.summary(&checked, took),
            "0 DAGs in 2 files in 0.3 s: no problems\n"
        );
        for severity in [Severity::Error, Severity::Warning, Severity::Warning] {
            checked.problems.push(Problem {
                severity,
                ..Problem::of_file("k", Path::new("/a"), String::new(), "")
            });
        }
        assert_eq!(
            style.summary(&checked, took),
            "0 DAGs in 2 files in 0.3 s: 1 error, 2 warnings\n"
        );
    }
}
