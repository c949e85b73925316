//! The metadata database: schema, pools and named queries on `PostgreSQL` and `SQLite`.
//!
//! A named operation is a function of `&mut Tx` where it writes, and of any [`Source`] (`&Db` or
//! `&mut Tx`) where it only reads:
//!
//! ```no_run
//! # async fn example() -> Result<(), updraft_metadata_db::Error> {
//! use updraft_metadata_db::{ConnectOptions, Db, dag};
//!
//! let db = Db::connect("sqlite:////opt/airflow/airflow.db", &ConnectOptions::default()).await?;
//! let mut tx = db.begin().await?;
//! dag::set_paused(&mut tx, &"etl".into(), true).await?;
//! tx.commit().await
//! # }
//! ```
//!
//! **Invariant**: the schema is Airflow 2.10.5's, unchanged. What is our own lives in tables named
//! `updraft_*` without foreign keys to Airflow's.
//!
//! **Invariant**: every statement names its columns: their order differs between a fresh and an
//! upgraded database. Constraint names differ too, so `ON CONFLICT` names columns.
//!
//! **Invariant**: state changes are guarded updates in one transaction; a guard that does not hold
//! is an `Option` or a count, not an error.

pub mod changes;
pub mod cli_queries;
pub mod connect;
pub mod connection;
pub mod dag;
pub mod dag_processing;
pub mod dag_run;
mod db;
mod error;
pub mod hash;
pub mod log_template;
pub mod migrate;
pub mod pickle;
mod query;
pub mod questions;
mod retry;
pub mod scheduling;
pub mod slot_pool;
pub mod supervision;
pub mod task_instance;
mod value;
pub mod variable;
pub mod xcom;

pub use changes::{Change, Changes};
pub use connect::{Address, ConnectOptions, Synchronous};
pub use db::{Db, Engine, Tx};
pub use error::{Error, Retry};
pub use query::{Dialects, Query, Row, Source, Sql, Value};
pub use retry::{DatabaseFailure, TransactionRetry};
pub use value::{DbDagRunState, DbTaskInstanceState, DbTimestamp, JsonText, json_parameter};
