//! Task instances that go to the executor.

use std::collections::{HashMap, HashSet};

use updraft_core::{
    TaskInstanceKey, UtcDateTime,
    planner::{Observation, QueueTask, RunKey},
};
use updraft_metadata_db::{
    Error, Retry,
    scheduling::{QueueTaskInstance, QueuedTaskInstance, Queueing, queue_now},
};
use updraft_supervisor::TaskRequest;

use super::Applied;
use crate::{error::chain, observe::key_in, scheduler::Scheduler};

impl Scheduler {
    /// Queues in one transaction, then hands over what was queued. Where the database refuses a
    /// transaction for good, halves of it are tried, so that one bad row stops no other.
    pub(super) async fn queue(
        &mut self,
        tasks: &[QueueTask],
        refused: &HashSet<RunKey>,
    ) -> Result<Applied, Error> {
        // What is planned for a run that was refused may build on the refused part.
        let wanted: Vec<&QueueTask> = tasks
            .iter()
            .filter(|task| !refused.contains(&task.run))
            .collect();
        let mut applied = Applied::All;
        let mut batches: Vec<&[&QueueTask]> = vec![&wanted];
        while let Some(batch) = batches.pop() {
            if batch.is_empty() {
                continue;
            }
            let now = self.now();
            let rows: Vec<QueueTaskInstance> =
                batch.iter().map(|task| self.queue_row(task)).collect();
            match queue_now(&self.db, &rows, self.job_id, now).await {
                Ok(Queueing::Done(queued)) => {
                    applied = applied.and(self.observe_queued(batch, queued, now));
                }
                Ok(Queueing::Busy) => applied = self.queue_later(batch, now),
                Err(error) => match error.retry() {
                    Retry::Connection => return Err(error),
                    // A deadlock with another component, which the database resolved.
                    Retry::Transaction => applied = self.queue_later(batch, now),
                    Retry::Never => {
                        if let [task] = batch {
                            self.hold_back(task, &error, now);
                            continue;
                        }
                        // Those that come first are tried first: slots may be few.
                        let (first, second) = batch.split_at(batch.len() / 2);
                        batches.extend([second, first]);
                    }
                },
            }
        }
        Ok(applied)
    }

    fn observe_queued(
        &mut self,
        wanted: &[&QueueTask],
        queued: Vec<QueuedTaskInstance>,
        now: UtcDateTime,
    ) -> Applied {
        let mut queued: HashMap<TaskInstanceKey, QueuedTaskInstance> = queued
            .into_iter()
            .map(|task| (task.key.clone(), task))
            .collect();
        let mut applied = Applied::All;
        for task in wanted {
            let key = key_in(&task.run, &task.task_id, task.map_index);
            if let Some(row) = queued.remove(&key) {
                self.snapshot.apply_queue(task, self.job_id, now);
                self.execute(&key, row.try_number, Some(row.external_executor_id));
            } else {
                self.agenda.refused(task.run.clone(), now);
                applied = Applied::Partly;
            }
        }
        if applied == Applied::Partly {
            // Another scheduler may have taken the slots, with a run that is not the refused one.
            self.agenda.database_changed(now);
        }
        applied
    }

    /// The others do not wait for a row that the database refuses. It is tried again when its run
    /// has been read again.
    fn hold_back(&mut self, task: &QueueTask, error: &Error, now: UtcDateTime) {
        tracing::warn!(
            dag.id = task.run.dag_id.as_str(),
            run.id = task.run.run_id.as_str(),
            task.id = task.task_id.as_str(),
            try_number = task.try_number,
            error = chain(error),
            "a task instance cannot be queued; it is tried again later"
        );
        self.snapshot.observe(Observation::CannotQueue {
            run: task.run.clone(),
            task_id: task.task_id.clone(),
            map_index: task.map_index,
        });
        let later = now.saturating_add(self.settings.intervals.whole_read);
        self.agenda.reload_at(task.run.clone(), later);
    }

    /// Another scheduler is in its critical section; the plan is made anew in a moment.
    fn queue_later(&mut self, tasks: &[&QueueTask], now: UtcDateTime) -> Applied {
        self.agenda.busy(now);
        let runs: HashSet<&RunKey> = tasks.iter().map(|task| &task.run).collect();
        for run in runs {
            self.snapshot.observe(Observation::RunDirty(run.clone()));
        }
        Applied::Partly
    }

    fn queue_row(&self, task: &QueueTask) -> QueueTaskInstance {
        QueueTaskInstance {
            key: key_in(&task.run, &task.task_id, task.map_index),
            from: task.from,
            from_try_number: task.from_try_number,
            try_number: task.try_number,
            pool: task.pool.clone(),
            pool_slots: task.pool_slots,
            max_active_tasks: bounded(task.limits.max_active_tasks),
            max_active_tis_per_dag: task.limits.max_active_tis_per_dag.map(bounded),
            max_active_tis_per_dagrun: task.limits.max_active_tis_per_dagrun.map(bounded),
            external_executor_id: (self.new_id)(),
        }
    }

    /// Hands a task instance to the executor that is queued in the database.
    pub(crate) fn execute(
        &mut self,
        key: &TaskInstanceKey,
        try_number: i32,
        external_executor_id: Option<String>,
    ) {
        let Some(dag) = self.definition(&key.dag_id).cloned() else {
            return;
        };
        let task = dag
            .tasks
            .index_of(key.task_id.as_str())
            .map(|index| dag.tasks.task(index));
        self.executor.execute(TaskRequest {
            key: key.clone(),
            try_number,
            path: dag.fileloc.clone(),
            dags_folder: self.settings.dags_folder.clone(),
            run_as_user: self.settings.serialized_dag.run_as_user(task),
            mark_success: false,
            external_executor_id,
            owner: task.map(|task| task.owner.clone()),
            retries: task.map(|task| task.retry.retries),
        });
    }
}

/// As the database counts.
fn bounded(limit: u32) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}
