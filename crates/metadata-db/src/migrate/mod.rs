//! The schema: making it, checking it, adding what is our own.

mod error;

pub use error::MigrateError;
