//! One `PostgreSQL` server for a test run.

mod error;
mod keeper;
mod private;
mod server;

pub use error::ServerError;
pub use private::{PrivatePostgres, Shutdown};
pub use server::Postgres;
