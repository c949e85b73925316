//! Private database servers and other real parts for tests.
//!
//! ```no_run
//! # async fn example() {
//! use updraft_test_support::{Engine, TestDatabase};
//!
//! let database = TestDatabase::new(Engine::Postgres).await;
//! let mut tx = database.db.begin().await.unwrap();
//! # }
//! ```
//!
//! **Invariant**: a test never shares a database with another, and nothing outlives the test run:
//! the `PostgreSQL` server ends with the test runner however that ends.
//!
//! `updraft-metadata-db` uses this crate for its integration tests (`tests/it`), never for unit
//! tests: those would see a second copy of its types.

mod clock;
mod database;
mod postgres;
mod redis;
mod silent_proxy;

pub use clock::ManualClock;
pub use database::TestDatabase;
pub use postgres::{Postgres, PrivatePostgres, ServerError, Shutdown};
pub use redis::{RedisError, RedisServer};
pub use silent_proxy::SilentProxy;
pub use updraft_metadata_db::Engine;
