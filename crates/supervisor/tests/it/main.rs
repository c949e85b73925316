//! The supervisor with real Python processes, on both databases.

mod limits;
mod parse;
mod recovery;
mod support;
mod task;
mod warm;
