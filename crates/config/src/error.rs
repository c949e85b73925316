//! What can be wrong with the configuration, and where a value came from.

use std::{fmt, path::PathBuf};

/// Where the text of an option came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An environment variable, by its name.
    Environment(String),
    /// A line of `airflow.cfg`.
    File { path: PathBuf, line: usize },
    /// The output of a command that the inner origin names.
    Command(Box<Origin>),
    /// The default of Airflow 2.10.5, or Updraft's own.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Command(origin) => write!(f, "the output of the command in {origin}"),
            Self::Default => f.write_str("the default"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration file {} cannot be read", path.display())]
    ReadFile {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the configuration file is expected at {}, which is a directory", path.display())]
    FileIsDirectory { path: PathBuf },
    #[error("{}:{line}: {message}", path.display())]
    Syntax {
        path: PathBuf,
        line: usize,
        message: String,
    },
    #[error(transparent)]
    Option(Box<OptionError>),
}

/// What is wrong with one option, and where its text came from.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: [{section}] {key}{problem}")]
pub struct OptionError {
    pub origin: Origin,
    pub section: String,
    pub key: String,
    pub problem: Problem,
}

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error(": {0}")]
    Interpolation(String),
    #[error(": the command {command:?} failed: {message}")]
    Command { command: String, message: String },
    #[error(
        " asks the secrets backend {backend}, which Updraft cannot ask for configuration; set the \
         value, or a `_cmd` that prints it"
    )]
    SecretsBackend { backend: String },
    #[error(": {value} cannot be used; accepted: {accepted}")]
    Value {
        /// The text in quotes, or a placeholder where the option is sensitive.
        value: String,
        accepted: String,
    },
}

impl ConfigError {
    pub(crate) fn option(origin: Origin, section: &str, key: &str, problem: Problem) -> Self {
        Self::Option(Box::new(OptionError {
            origin,
            section: section.to_owned(),
            key: key.to_owned(),
            problem,
        }))
    }
}

/// Something that works and that the user should change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The value was found under the name that the option had in an older Airflow.
    OldName {
        origin: Origin,
        old_section: String,
        old_key: String,
        section: String,
        key: String,
    },
    /// The value is one that Airflow replaces by another.
    OldValue {
        origin: Origin,
        section: String,
        key: String,
        replacement: String,
    },
    /// The file has the option under a name whose case differs, which Airflow does not read.
    IgnoredCase {
        origin: Origin,
        section: String,
        key: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OldName {
                origin,
                old_section,
                old_key,
                section,
                key,
            } => write!(
                f,
                "{origin}: [{old_section}] {old_key} is now called [{section}] {key}; \
                 please rename it"
            ),
            Self::OldValue {
                origin,
                section,
                key,
                replacement,
            } => write!(
                f,
                "{origin}: [{section}] {key} has an old value, read as {replacement}; \
                 please change it"
            ),
            Self::IgnoredCase {
                origin,
                section,
                key,
            } => write!(
                f,
                "{origin}: ignored, since option names are lower case: [{section}] {key}"
            ),
        }
    }
}
