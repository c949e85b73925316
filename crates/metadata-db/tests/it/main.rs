//! One body a query, on both engines.

mod migrate;
