//! The supervisor with real Python processes, on both databases.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share may fail them as a test itself does"
)]

mod airflow;
mod callbacks;
mod fence;
mod limits;
mod outage;
mod parse;
mod questions;
mod recovery;
mod silence;
mod spool;
mod support;
mod task;
mod warm;
