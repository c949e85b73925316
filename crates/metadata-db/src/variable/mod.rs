//! `variable`. Values may be Fernet tokens; this crate neither encrypts nor decrypts.

mod delete;
mod get;
mod set;

pub use delete::delete;
pub use get::{Variable, get, list};
pub use set::set;
