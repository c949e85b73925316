//! Task instances that go to the executor.

use std::collections::{HashMap, HashSet};

use updraft_core::{
    TaskInstanceKey,
    planner::{QueueTask, RunKey},
};
use updraft_metadata_db::{
    Error,
    scheduling::{QueueTaskInstance, QueuedTaskInstance, Queueing, queue_task_instances},
};
use updraft_supervisor::TaskRequest;

use super::Applied;
use crate::{observe::key_in, scheduler::Scheduler};

impl Scheduler {
    /// Queues in one transaction, then hands over what was queued.
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
        if wanted.is_empty() {
            return Ok(Applied::All);
        }
        let now = self.now();
        let rows: Vec<QueueTaskInstance> =
            wanted.iter().map(|task| self.queue_row(task)).collect();
        let mut tx = self.db.begin().await?;
        let queueing = queue_task_instances(&mut tx, &rows, self.job_id, now).await?;
        let Queueing::Done(queued) = queueing else {
            self.agenda.busy(now);
            return Ok(Applied::Partly);
        };
        tx.commit().await?;
        let mut queued: HashMap<TaskInstanceKey, QueuedTaskInstance> = queued
            .into_iter()
            .map(|task| (task.key.clone(), task))
            .collect();
        let mut applied = Applied::All;
        for task in wanted {
            let key = key_in(&task.run, &task.task_id, task.map_index);
            match queued.remove(&key) {
                Some(row) => {
                    self.snapshot.apply_queue(task, self.job_id, now);
                    self.execute(&key, row.try_number, Some(row.external_executor_id));
                }
                None => {
                    self.agenda.refused(task.run.clone(), now);
                    applied = Applied::Partly;
                }
            }
        }
        Ok(applied)
    }

    fn queue_row(&self, task: &QueueTask) -> QueueTaskInstance {
        QueueTaskInstance {
            key: key_in(&task.run, &task.task_id, task.map_index),
            from: task.from,
            from_try_number: task.from_try_number,
            try_number: task.try_number,
            pool: task.pool.clone(),
            pool_slots: task.pool_slots,
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
            run_as_user: task.and_then(|task| task.run_as_user.clone()),
            mark_success: false,
            external_executor_id,
            owner: task.map(|task| task.owner.clone()),
            retries: task.map(|task| task.retry.retries),
        });
    }
}
