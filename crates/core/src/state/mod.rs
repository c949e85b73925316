//! States of DAG runs and task instances, each with the table of its transitions.

mod dag_run;
mod task_instance;

pub use dag_run::{DagRunState, DagRunType};
pub use task_instance::TaskInstanceState;
