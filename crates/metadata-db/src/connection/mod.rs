//! `connection`. Passwords and extras may be Fernet tokens; this crate neither encrypts nor
//! decrypts.

mod add;
mod delete;
mod get;
mod set;

pub use add::add;
pub use delete::delete;
pub use get::{Connection, ConnectionWithId, get, get_with_id, list, list_with_ids};
pub use set::set;
