//! DAGs and tasks are tried out: with the parts that run them always, on a database that is made for
//! one command and thrown away.
//!
//! Stock's `dags test` keeps its rows in the configured database. There every scheduler at work would
//! take the run for its own, and the one in this process every other run for its own.

mod begin;
mod dates;
mod drive;
mod find;
mod logs;
mod one_task;
mod others;
mod render;
mod scratch;
mod session;
mod summary;
mod task_ids;

pub(crate) use begin::{Begun, Wanted, begin};
pub(crate) use dates::{left_out, require_some};
pub(crate) use drive::{Drive, Ended, drive};
pub(crate) use find::{Found, find, parse};
pub(crate) use logs::Logs;
pub(crate) use one_task::run_task;
pub(crate) use others::add_others;
pub(crate) use render::{print_fields, render};
pub(crate) use scratch::Scratch;
pub(crate) use session::{Session, SessionOptions};
pub(crate) use summary::print_summary;
pub(crate) use task_ids::require_task;
