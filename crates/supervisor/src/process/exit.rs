//! How a process ended.

use std::fmt;

use crate::protocol::Reported;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Exit {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) used: Option<Reported>,
}

impl Exit {
    /// Airflow's (Python's) number: the exit code, or minus the signal.
    pub(crate) fn return_code(self) -> Option<i32> {
        self.code.or_else(|| self.signal.map(|signal| -signal))
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(f, "exit code {code}"),
            (None, Some(signal)) => match nix::sys::signal::Signal::try_from(signal) {
                Ok(name) => write!(f, "signal {}", name.as_str()),
                Err(_) => write!(f, "signal {signal}"),
            },
            (None, None) => f.write_str("an unknown exit status"),
        }
    }
}
