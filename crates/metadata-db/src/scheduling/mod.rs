//! Queries of the scheduler: what it loads, and the guarded updates that its plans become.

mod change_task_instances;
mod create_runs;
mod create_task_instances;
mod failing_dags;
mod job;
mod key;
mod load_dags;
mod load_pools;
mod load_previous_runs;
mod load_runs;
mod load_task_instances;
mod lock_runs;
mod log;
mod next_dagruns;
mod orphans;
mod process;
mod queue;
mod queue_postgres;
mod request_parsing;
mod start_runs;
pub(crate) mod statement;
mod statistics;
mod stuck;
mod write_runs;
mod zombies;

pub use change_task_instances::{ChangeTaskInstance, Dates, change_task_instances};
pub use create_runs::{CreatedRun, create_runs};
pub use create_task_instances::create_task_instances;
pub(crate) use create_task_instances::executor_config_pickle;
pub use failing_dags::{newest_run_states, pause_failing_dag};
pub use job::{
    end_scheduler_job, fail_silent_schedulers, heartbeat_scheduler_job, insert_scheduler_job,
};
pub use load_dags::{DagRow, SerializedDagRow, SerializedDagText, load_dags, load_serialized_dags};
pub use load_pools::{load_foreign_usage, load_pools};
pub use load_previous_runs::{PastOf, load_previous_runs};
pub use load_runs::{RunRow, load_active_runs};
pub use load_task_instances::{
    TaskInstanceRow, load_changed_task_instances, load_task_instance, load_task_instances,
};
pub use lock_runs::lock_running_runs;
pub use log::{NewLog, insert_log};
pub use next_dagruns::{DagDue, WriteNextDagRun, lock_dags_due, write_next_dagruns};
pub use orphans::{release_orphans, release_own_queue};
pub use process::{
    SchedulerProcess, fail_dead_scheduler, insert_scheduler_process, running_scheduler_processes,
};
pub use queue::{QueueTaskInstance, QueuedTaskInstance, Queueing, queue_now};
pub use request_parsing::request_parsing;
pub use start_runs::start_runs;
pub use statistics::refresh_statistics;
pub use stuck::{STUCK_EXCEEDED, STUCK_RESCHEDULE, Stuck, end_stuck, load_stuck};
pub use write_runs::{WriteRun, WrittenRun, write_runs};
pub use zombies::{Zombie, load_zombies};
