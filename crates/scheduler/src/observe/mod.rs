//! What the database and the supervisor say, told to the snapshot.

mod dags;
mod runs;
mod supervisor;
mod task_instances;

pub(crate) use supervisor::{key_in, run_of};
pub(crate) use task_instances::change_of;
