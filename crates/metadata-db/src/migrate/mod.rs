//! The schema: making it, checking it, adding what is our own.

mod apply;
mod check;
mod error;
mod heads;
mod schema;
mod script;
mod steps;

pub use apply::{Applied, Seed, add_own_tables, drop_tables, migrate, reset};
pub use check::{OwnTables, check, check_airflow, check_migrations};
pub use error::MigrateError;
pub use heads::AIRFLOW_2_10_5;
pub use script::{pending_script, script_after_airflow};
