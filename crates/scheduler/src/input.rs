//! What wakes the scheduler.

use updraft_core::DagId;

/// News from the other parts of the process. All but what the supervisor says are hints: a lost
/// one costs at most the interval of the fallback poll.
#[derive(Clone, Debug)]
pub enum Input {
    /// The rows or serialized forms of these DAGs changed; of any, where `None`.
    DagsChanged {
        dag_ids: Option<Vec<DagId>>,
    },
    /// Somebody changed runs or task instances.
    DatabaseChanged,
    Supervisor(updraft_supervisor::Event),
    /// Look at the clock again.
    Wake,
    /// Answer when everything that was said before is dealt with.
    Barrier(tokio::sync::mpsc::UnboundedSender<()>),
}
