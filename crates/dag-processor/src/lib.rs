//! Finds DAG files, has Python parse them in forked children and stores the result.
//!
//! ```no_run
//! # async fn example(
//! #     db: updraft_metadata_db::Db,
//! #     supervisor: updraft_supervisor::SupervisorHandle,
//! #     clock: updraft_core::time::Clock,
//! #     shutdown: tokio_util::sync::CancellationToken,
//! # ) {
//! use updraft_dag_processor::{DagProcessor, Options};
//!
//! let options = Options::new("/opt/airflow/dags".into());
//! let (changes, mut changed) = tokio::sync::mpsc::channel(16);
//! tokio::spawn(DagProcessor::new(options, db, supervisor, clock).run(shutdown, changes));
//! while let Some(news) = changed.recv().await {
//!     println!("changed: {}", news.dag_ids.join(", "));
//! }
//! # }
//! ```
//!
//! **Invariant**: nothing of the user's runs in this process. A file can end, block or break only
//! the child that parses it; that becomes its import error. A child parses several files only in one
//! pass over all of them, only after files of which nothing can be seen in it, and what goes wrong
//! there is tried again in a child of the file's own.
//!
//! **Invariant**: a file's result is written whole, in one transaction (with results of others that
//! came at the same time), under the locks that Airflow's processors take. An equal result is not written again, but `dag.last_parsed_time` follows every parse.
//!
//! **Invariant**: a stored serialized form is replaced only by one that describes another DAG.
//!
//! **Invariant**: a DAG folder that cannot be read deactivates nothing.

mod dependencies;
pub mod discovery;
mod event;
mod options;
mod ownership;
mod parse;
mod parsed;
mod processor;
mod queue;
mod store;
mod watch;

pub use event::{DagsChanged, Event};
pub use options::{Options, SortMode};
pub use processor::{DagProcessor, Report, clear_serialized_dags, parse_once};
