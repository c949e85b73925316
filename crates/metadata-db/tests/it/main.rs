//! One body a query, on both engines.

mod changes;
mod migrate;
mod rows;
mod statements;
mod stock_schema;
mod transactions;
mod values;
