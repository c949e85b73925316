//! The schema: making it, checking it, adding what is our own.

mod apply;
mod check;
mod error;
mod heads;
mod schema;
mod steps;

pub use apply::{Applied, Seed, migrate, reset};
pub use check::{check, check_migrations};
pub use error::MigrateError;
