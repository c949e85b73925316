//! From `[database] sql_alchemy_conn` to pools.

mod address;
mod answer;
mod pools;
mod postgres;

pub use address::{Address, AddressError};
pub use pools::{ConnectOptions, Synchronous};
pub(crate) use pools::{sqlite_reader_pool, sqlite_writer_pool};
pub(crate) use postgres::PostgresPool;
