//! From `[database] sql_alchemy_conn` to pools.

mod address;
mod pools;

pub use address::{Address, AddressError};
pub use pools::{ConnectOptions, Synchronous};
pub(crate) use pools::{postgres_pool, sqlite_reader_pool, sqlite_writer_pool};
