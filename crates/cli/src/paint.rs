//! Lines for a person who watches.

use std::io::{IsTerminal as _, Write as _};

use updraft_core::state::TaskInstanceState;

const GREY: &str = "90";

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Begun,
    Good,
    Bad,
    Again,
    Passed,
    Note,
}

impl Mark {
    pub(crate) fn of(state: TaskInstanceState) -> Self {
        match state {
            TaskInstanceState::Success => Self::Good,
            TaskInstanceState::Failed | TaskInstanceState::UpstreamFailed => Self::Bad,
            TaskInstanceState::UpForRetry | TaskInstanceState::UpForReschedule => Self::Again,
            TaskInstanceState::Skipped => Self::Passed,
            _ => Self::Note,
        }
    }

    fn sign(self) -> char {
        match self {
            Self::Begun => '▶',
            Self::Good => '✓',
            Self::Bad => '✗',
            Self::Again => '↻',
            Self::Passed => '–',
            Self::Note => '·',
        }
    }

    /// The ANSI colour.
    fn colour(self) -> &'static str {
        match self {
            Self::Begun => "36",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Again => "33",
            Self::Passed | Self::Note => GREY,
        }
    }
}

/// Standard output, coloured where it is a terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    is_coloured: bool,
}

impl Paint {
    pub(crate) fn new() -> Self {
        Self {
            is_coloured: std::io::stdout().is_terminal(),
        }
    }

    pub(crate) fn mark(self, mark: Mark, text: &str) {
        let sign = self.colour(mark.colour(), &mark.sign().to_string());
        self.line(&format!("{sign} {text}"));
    }

    /// What happened to whom, and when.
    pub(crate) fn news(self, time: &str, mark: Mark, subject: &str, text: &str) {
        let time = self.colour(GREY, time);
        let subject = self.colour(mark.colour(), &format!("{} {subject:<8}", mark.sign()));
        self.line(&format!("{time}  {subject} {text}"));
    }

    /// A line of a task's log, below the name of the task.
    pub(crate) fn log(self, label: &str, line: &str) {
        self.line(&format!(
            "{} {line}",
            self.colour(GREY, &format!("{label} |"))
        ));
    }

    /// A closed standard output ends no task.
    #[expect(clippy::unused_self, reason = "whoever has the paint prints")]
    pub(crate) fn line(self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}");
        let _ = out.flush();
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.colour("1", text)
    }

    pub(crate) fn state(self, state: &str) -> String {
        let mark = TaskInstanceState::parse(Some(state)).map_or(Mark::Passed, Mark::of);
        self.colour(mark.colour(), state)
    }

    fn colour(self, colour: &str, text: &str) -> String {
        if self.is_coloured {
            format!("\x1b[{colour}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
