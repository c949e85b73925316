//! Column types whose storage differs between the engines.

mod json;
mod state;
mod timestamp;

pub use json::{JsonText, json_parameter};
pub use state::{DbDagRunState, DbTaskInstanceState};
pub use timestamp::DbTimestamp;
