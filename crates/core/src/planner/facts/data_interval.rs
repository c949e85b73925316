//! The span of data that a run covers.

use crate::UtcDateTime;

/// `dag_run.data_interval_start` and `_end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DataInterval {
    pub start: UtcDateTime,
    pub end: UtcDateTime,
}
