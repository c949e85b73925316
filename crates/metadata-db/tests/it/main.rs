//! One body a query, on both engines.

mod changes;
mod migrate;
mod rows;
mod statements;
mod transactions;
mod values;
