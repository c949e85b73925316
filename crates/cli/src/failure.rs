//! How a command that fails tells so.

use std::{fmt, io::Write as _, process::ExitCode};

use updraft_metadata_db::migrate::MigrateError;

/// A failure that says all by itself, with the exit code that Airflow would give.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            code: 1,
            message: message.into(),
            hint: None,
        }
    }

    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Ends with the code and says nothing: the output has told all.
    pub(crate) fn silent(code: u8) -> Self {
        Self {
            code,
            message: String::new(),
            hint: None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Prints the error with its causes and, where one is known, what to do about it.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    let failure = error.downcast_ref::<Failure>();
    let code = failure.map_or(1, |failure| failure.code);
    if failure.is_none_or(|failure| !failure.message.is_empty()) {
        let mut text = format!("error: {error}\n");
        let mut last = error.to_string();
        for cause in error.chain().skip(1) {
            let cause = cause.to_string();
            // Some libraries repeat the text of their source.
            if !last.ends_with(&cause) {
                text.push_str(&["  caused by: ", &cause, "\n"].concat());
            }
            last = cause;
        }
        if let Some(hint) = hint(error) {
            text.push_str(&["hint: ", &hint, "\n"].concat());
        }
        // Nothing is left to be told where standard error is closed.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
    ExitCode::from(code)
}

fn hint(error: &anyhow::Error) -> Option<String> {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.hint.clone();
    }
    error.chain().find_map(|cause| {
        if let Some(updraft_metadata_db::Error::Connect { address, source }) = cause.downcast_ref()
        {
            return Some(connection_hint(address, source));
        }
        if let Some(MigrateError::Empty) = cause.downcast_ref() {
            return Some("`updraft db migrate` makes the tables".to_owned());
        }
        None
    })
}

fn connection_hint(address: &str, error: &sqlx::Error) -> String {
    let conn = "[database] sql_alchemy_conn";
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    match (error, code.as_deref()) {
        _ if address.starts_with("sqlite:") => {
            format!("this user must be able to write the file that {conn} names, and its folder")
        }
        (_, Some("28P01" | "28000")) => format!("check user and password in {conn}"),
        (_, Some("3D000")) => {
            format!("create the database (`CREATE DATABASE …`), or correct its name in {conn}")
        }
        (sqlx::Error::Io(_), _) => {
            format!("check that the server runs, and the host and port in {conn}")
        }
        _ => format!("check {conn}, and that the server runs"),
    }
}

/// `updraft dags list | head` is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
