//! One `PostgreSQL` server for a test run.

mod error;
mod keeper;
mod server;

pub use error::ServerError;
pub use server::Postgres;
