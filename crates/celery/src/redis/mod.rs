//! Redis as broker and as result backend.

mod address;
mod error;
mod producer;
mod result_backend;

pub use address::{Address, Hint};
pub use error::Error;
pub use producer::Producer;
pub use result_backend::{ResultBackend, Stored};
