//! Which files of the DAG folder may define DAGs.

mod glob;
mod ignore;
mod listing;
mod safe_mode;
mod zip;

pub use ignore::IgnoreSyntax;
pub use listing::{DagFile, DiscoveryError, Listing, Unknown, list_dag_files};
pub use safe_mode::SafeMode;
pub(crate) use zip::{members, read_member};
