//! A scheduler's own writes, observed without reading them back.

use super::Snapshot;
use crate::{
    DagId, UtcDateTime,
    planner::{
        facts::{NextDagRun, RunKey, TaskInstance},
        observation::RunState,
        plan::{Change, NewInstance, NextDagRunChange, QueueTask, RunPlan, TaskChange},
    },
    state::{DagRunState, TaskInstanceState},
};

impl Snapshot {
    /// Observes that the whole of a run's plan was written at `now`.
    pub fn apply_run(&mut self, plan: &RunPlan, now: UtcDateTime) {
        for new in &plan.create_instances {
            self.observe_task_instance(&plan.run, &new.task_id, TaskInstance::from(new));
        }
        for change in &plan.changes {
            let known = self.task_instance(&plan.run, &change.task_id, change.map_index);
            if let Some(mut instance) = known.cloned() {
                instance.apply(change, now);
                self.observe_task_instance(&plan.run, &change.task_id, instance);
            }
        }
        if plan.finish.is_some() {
            return self.forget_run(&plan.run);
        }
        let Some(row) = self.run(&plan.run) else {
            return;
        };
        let news = RunState {
            run: plan.run.clone(),
            state: row.state,
            start_date: row.start_date,
            queued_at: row.queued_at,
            last_scheduling_decision: Some(now),
            dag_hash: plan.dag_hash.clone().or_else(|| row.dag_hash.clone()),
        };
        self.observe_run_state(news);
    }

    /// Observes that a queued run was set running at `now`.
    pub fn apply_start(&mut self, run: &RunKey, now: UtcDateTime) {
        let Some(row) = self.run(run) else {
            return;
        };
        let news = RunState {
            run: run.clone(),
            state: DagRunState::Running,
            start_date: Some(now),
            queued_at: row.queued_at,
            last_scheduling_decision: row.last_scheduling_decision,
            dag_hash: row.dag_hash.clone(),
        };
        self.observe_run_state(news);
    }

    /// Observes that a task instance was queued at `now` by the scheduler with that job id.
    pub fn apply_queue(&mut self, task: &QueueTask, job_id: i32, now: UtcDateTime) {
        let known = self.task_instance(&task.run, &task.task_id, task.map_index);
        if let Some(mut instance) = known.cloned() {
            instance.state = TaskInstanceState::Queued;
            instance.try_number = task.try_number;
            instance.queued_by_job_id = Some(job_id);
            instance.queued_dttm = Some(now);
            self.observe_task_instance(&task.run, &task.task_id, instance);
        }
    }

    /// Observes that a DAG's `next_dagrun*` columns were written.
    pub fn apply_next_dagrun(&mut self, dag_id: &DagId, change: NextDagRunChange) {
        let Some(mut entry) = self.dag(dag_id).cloned() else {
            return;
        };
        entry.next_dagrun = match change {
            NextDagRunChange::HoldBack => entry.next_dagrun.map(|next| NextDagRun {
                create_after: None,
                ..next
            }),
            NextDagRunChange::Set(next) => Some(next),
            NextDagRunChange::Clear => None,
        };
        self.observe_dag(entry);
    }
}

impl From<&NewInstance> for TaskInstance {
    fn from(new: &NewInstance) -> Self {
        Self {
            map_index: new.map_index,
            state: TaskInstanceState::NoStatus,
            try_number: 0,
            max_tries: new.max_tries,
            start_date: None,
            end_date: None,
            pool: new.pool.clone(),
            pool_slots: new.pool_slots,
            priority_weight: new.priority_weight,
            queue: new.queue.clone(),
            executor: new.executor.clone(),
            queued_by_job_id: None,
            job_id: None,
            queued_dttm: None,
            reschedule_date: None,
        }
    }
}

impl TaskInstance {
    /// What a planned change makes of the row.
    pub fn apply(&mut self, change: &TaskChange, now: UtcDateTime) {
        self.state = change.change.state();
        match change.change {
            Change::Schedule { try_number } => self.try_number = try_number,
            Change::SucceedEmpty { try_number } => {
                self.try_number = try_number;
                self.start_date = Some(now);
                self.end_date = Some(now);
            }
            Change::Skip | Change::FailUpstream => {
                self.start_date = self.start_date.or(Some(now));
                self.end_date = self.end_date.or(Some(now));
            }
            Change::SkipTimedOut | Change::Remove | Change::Restore => {}
        }
    }
}
