//! What the processor tells a person, and what it tells the scheduler.

use std::path::PathBuf;

/// DAGs of which a row or the serialized form changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DagsChanged {
    pub dag_ids: Vec<String>,
}

/// Progress, in the order in which it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The folder was walked.
    Listed { files: usize },
    /// A file was parsed and its result is in the database.
    Parsed {
        file: PathBuf,
        /// Ids, in order.
        dags: Vec<String>,
        /// Of the import, in the child.
        seconds: f64,
        /// Trace of the first import error.
        error: Option<String>,
        /// Whether anything but signs of life was written.
        changed: bool,
    },
    /// DAGs of vanished files, or no longer in their files.
    Deactivated { dag_ids: Vec<String> },
    /// A file, or a folder of them, could not be read or parsed; it is tried again. What is known
    /// of its DAGs stays.
    NotParsed { path: PathBuf, reason: String },
    /// The result of a file, a listing or a clean-up could not be stored; it is tried again.
    StoreFailed {
        file: Option<PathBuf>,
        reason: String,
    },
    /// Something odd that stops nothing.
    Warning { message: String },
}
