//! `connection`. Passwords and extras may be Fernet tokens; this crate neither encrypts nor
//! decrypts.

mod delete;
mod get;
mod set;

pub use delete::delete;
pub use get::{Connection, get, list};
pub use set::set;
