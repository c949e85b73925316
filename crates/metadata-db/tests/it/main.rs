//! One body a query, on both engines.
#![expect(
    clippy::unwrap_used,
    reason = "functions shared by tests are not seen as tests by clippy"
)]

mod callbacks;
mod changes;
mod cli_queries;
mod connect;
mod migrate;
mod pooler;
mod questions;
mod rows;
mod scheduling;
mod silence;
mod statements;
mod stock_schema;
mod supervision;
mod transactions;
mod values;
