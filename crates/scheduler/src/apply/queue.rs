//! Task instances that go to the executor.

use std::collections::{HashMap, HashSet};

use updraft_core::{
    TaskInstanceKey, UtcDateTime,
    planner::{Observation, QueueTask, RunKey},
};
use updraft_metadata_db::{
    Error, Retry,
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
        let rows: Vec<QueueTaskInstance> = wanted.iter().map(|task| self.queue_row(task)).collect();
        let queued = match self.try_queue(&rows, now).await {
            Ok(Queueing::Done(queued)) => queued,
            Ok(Queueing::Busy) => return Ok(self.queue_later(&wanted, now)),
            // A deadlock with another component, which the database resolved.
            Err(error) if error.retry() == Retry::Transaction => {
                return Ok(self.queue_later(&wanted, now));
            }
            Err(error) => return Err(error),
        };
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
        Ok(applied)
    }

    async fn try_queue(
        &self,
        rows: &[QueueTaskInstance],
        now: UtcDateTime,
    ) -> Result<Queueing, Error> {
        let mut tx = self.db.begin_relaxed().await?;
        let queueing = queue_task_instances(&mut tx, rows, self.job_id, now).await?;
        match &queueing {
            Queueing::Done(_) => tx.commit().await?,
            Queueing::Busy => tx.rollback().await?,
        }
        Ok(queueing)
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
            run_as_user: task.map_or_else(
                || self.settings.serialized_dag.run_as_user.clone(),
                |task| task.run_as_user.clone(),
            ),
            mark_success: false,
            external_executor_id,
            owner: task.map(|task| task.owner.clone()),
            retries: task.map(|task| task.retry.retries),
        });
    }
}
