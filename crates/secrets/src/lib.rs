//! Encrypted values, Variables and Connections from outside of the database, and the masking of
//! secrets in logs.
//!
//! ```
//! use updraft_secrets::{Connection, Masker};
//!
//! let connection = Connection::from_uri("postgres://u:p%40ss@db.example.com/sales")?;
//! assert_eq!(connection.password.as_deref(), Some("p@ss"));
//!
//! let mut masker = Masker::new(&[]);
//! masker.add_connection(&connection);
//! assert_eq!(masker.redact("login with p@ss"), "login with ***");
//! # Ok::<(), updraft_secrets::ConnectionError>(())
//! ```
//!
//! **Invariant:** what Airflow encrypted can be read here, and the other way round.
//!
//! **Invariant:** the first source that has a value wins: the configured backend, the environment, the
//! database. A source that fails is passed over, and said so.
//!
//! **Invariant:** `Debug` output and error messages hold no secret.

mod backend;
mod connection;
mod fernet;
mod masker;
pub mod yaml;

pub use backend::{
    BackendError, Backends, environment::EnvironmentVariables, local_files::LocalFiles,
};
pub use connection::{Connection, ConnectionError};
pub use fernet::{Fernet, FernetError, Stored};
pub use masker::Masker;
