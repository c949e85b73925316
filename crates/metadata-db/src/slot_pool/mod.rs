//! `slot_pool`.

mod delete;
mod get;
mod set;

pub use delete::delete;
pub use get::{Pool, get, list};
pub use set::set;

/// The pool of tasks that name none; it cannot be deleted.
pub const DEFAULT_POOL: &str = "default_pool";
