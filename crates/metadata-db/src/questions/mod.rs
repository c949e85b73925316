//! What the process of a task asks while it runs: `XComs` of other tasks, states of other runs.
//!
//! All of it only reads, except [`trigger`](crate::cli_queries::trigger) and the writes of Variables, which have
//! files of their own.

mod count;
mod created;
mod dag;
mod dataset_events;
mod first_reschedule;
mod previous_run;
mod task_instances;
mod xcoms;

pub use count::{Counted, Runs, TaskInstances, count_dag_runs, count_task_instances};
pub use created::was_created_since;
pub use dag::{AskedDag, dag};
pub use dataset_events::{DatasetEvent, EventsOf, dataset_events};
pub use first_reschedule::first_reschedule;
pub use previous_run::{previous_run, run_state};
pub use task_instances::{task_instance_state, task_instances};
pub use xcoms::{Pull, Pulled, pull};
