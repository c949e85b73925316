//! What ends a scheduler.

pub(crate) use updraft_core::error_chain as chain;

/// Trouble with the database. The loop survives it; only at the start it is handed on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot register the scheduler")]
    Register(#[source] updraft_metadata_db::Error),
    #[error("cannot end the scheduler's job")]
    End(#[source] updraft_metadata_db::Error),
}
