//! Retry delays, and poke intervals of sensors in reschedule mode.

use crate::{
    UtcDateTime,
    dag::Task,
    failure::RetryIdentity,
    planner::{
        facts::{Run, TaskInstance},
        limits::Settings,
    },
    state::TaskInstanceState,
};

/// When the task instance may be scheduled again; `None` where nothing holds it back.
pub(crate) fn waits_until(
    task: &Task,
    instance: &TaskInstance,
    run: &Run,
    settings: &Settings,
) -> Option<UtcDateTime> {
    match instance.state {
        TaskInstanceState::UpForRetry => {
            let identity = RetryIdentity {
                dag_id: &run.key.dag_id,
                task_id: &task.task_id,
                execution_date: run.execution_date,
                try_number: instance.try_number,
            };
            let delay = task
                .retry
                .next_retry_delay(identity, settings.max_task_retry_delay);
            // A try that failed before it began may have left no end date; nothing to wait for.
            Some(instance.end_date?.saturating_add(delay))
        }
        TaskInstanceState::UpForReschedule if task.reschedule => instance.reschedule_date,
        _ => None,
    }
}
