//! `xcom`, from outside of a task. What a task pushes is written by [`crate::supervision`].

mod get;

pub use get::{XCom, get, of_run};
