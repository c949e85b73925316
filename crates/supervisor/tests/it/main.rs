//! The supervisor with real Python processes, on both databases.

mod airflow;
mod limits;
mod outage;
mod parse;
mod recovery;
mod support;
mod task;
mod warm;
