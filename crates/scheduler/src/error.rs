//! What ends a scheduler.

/// Trouble with the database. The loop survives it; only at the start it is handed on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot register the scheduler")]
    Register(#[source] updraft_metadata_db::Error),
    #[error("cannot listen for changes")]
    Listen(#[source] updraft_metadata_db::Error),
    #[error("cannot end the scheduler's job")]
    End(#[source] updraft_metadata_db::Error),
}

/// The error with everything that led to it, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
