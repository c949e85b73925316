//! Logs of tasks: where they are, how a line looks, how they are written and read.
//!
//! ```
//! use updraft_task_logs::{LogContext, PathTemplate};
//!
//! let template = PathTemplate::parse("dag_id={{ ti.dag_id }}/attempt={{ try_number }}.log")?;
//! let path = template.render(&LogContext {
//!     dag_id: "etl",
//!     run_id: "manual__2024-01-01T00:00:00+00:00",
//!     task_id: "load",
//!     map_index: -1,
//!     try_number: 2,
//!     run_type: "manual",
//!     logical_date: "2024-01-01T00:00:00Z".parse()?,
//!     data_interval: None,
//! })?;
//! assert_eq!(path.to_str(), Some("dag_id=etl/attempt=2.log"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Invariant:** a log is where stock's web server looks for it, and its lines have stock's form.
//!
//! **Invariant:** memory does not grow with the size of a log or of a line.

mod line;
mod output;
mod path_template;
mod store;
mod tail;

pub use line::{Level, Line};
pub use output::OutputWriter;
pub use path_template::{LogContext, PathTemplate, PathTemplateError};
pub use store::LocalLogs;
pub use tail::{Tail, last_lines};
