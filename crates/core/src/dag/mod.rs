//! A DAG as the scheduler sees it: what the serialized form says, with edges as indexes.

mod definition;
mod expansion;
mod graph;
mod partial_subset;
mod task;

pub use definition::Dag;
pub use expansion::{ExpandInput, MappedLength, MappedTaskGroup};
pub use graph::{TaskGraph, TaskIndex};
pub use partial_subset::Relatives;
pub use task::{RetryPolicy, Task, TriggerRule, WeightRule};
