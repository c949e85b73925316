//! `log_template`: the log path templates that were ever configured. A run keeps the one that was
//! newest at its creation.

mod synchronize;

pub use synchronize::{LogTemplate, synchronize};
