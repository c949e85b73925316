//! What the supervisor says about tries: all that a decision needs, without reading it back.

use updraft_core::{
    MapIndex, TaskId, TaskInstanceKey,
    planner::{Observation, RunKey, TaskInstance},
    state::TaskInstanceState,
};
use updraft_metadata_db::{Error, scheduling::load_task_instance};
use updraft_supervisor::{Event as SupervisorEvent, NotClaimed, TaskFinished};

use crate::{event::Event, observe::task_instances::read_skip_decision, scheduler::Scheduler};

impl Scheduler {
    /// Takes in everything that the supervisor said since the last turn.
    pub(crate) async fn observe_news(&mut self) -> Result<(), Error> {
        // An event stays until it is dealt with: an error in between must not lose one.
        while let Some(event) = self.news.front().cloned() {
            match event {
                SupervisorEvent::TaskStarted {
                    key,
                    try_number,
                    job_id,
                    start_date,
                } => self.observe_change(&key, try_number, None, |instance| {
                    instance.state = TaskInstanceState::Running;
                    instance.job_id = Some(job_id);
                    instance.start_date = Some(start_date);
                    instance.end_date = None;
                }),
                SupervisorEvent::TaskFinished(finished) => self.observe_finish(*finished).await?,
                SupervisorEvent::TaskNotClaimed {
                    key,
                    try_number,
                    external_executor_id,
                    reason,
                } => {
                    let id = external_executor_id.as_deref();
                    self.executor.release(&key, try_number, id);
                    self.observe_not_claimed(&key, try_number, &reason);
                }
                // What our executor held of it is released by another event.
                SupervisorEvent::TaskLost { key, .. } => self.read_again(&key).await?,
                SupervisorEvent::TaskReplayed { key, .. } => {
                    // It may have skipped others.
                    self.agenda.reload_at(run_of(&key), self.now());
                    self.read_again(&key).await?;
                }
                // Noted when it came: the database may be away meanwhile.
                SupervisorEvent::Stopped
                | SupervisorEvent::Ready
                | SupervisorEvent::NotReady { .. }
                | SupervisorEvent::Parsed(_)
                | SupervisorEvent::CallbackFinished { .. } => {}
            }
            self.news.pop_front();
        }
        Ok(())
    }

    /// Nothing runs here any more. What is still queued goes back when the scheduler ends.
    pub(crate) fn observe_stopped_supervisor(&mut self) {
        self.executor.retain(|_| false);
        self.draining = true;
    }

    async fn observe_finish(&mut self, finished: TaskFinished) -> Result<(), Error> {
        let id = finished.external_executor_id.as_deref();
        let is_present = self
            .executor
            .release(&finished.key, finished.try_number, id);
        let now = self.now();
        let Some(state) = finished.state.filter(|_| is_present) else {
            // Somebody else has decided about the task instance, or it was read already, and may
            // be queued again.
            self.agenda.reload_at(run_of(&finished.key), now);
            return self.read_again_with(&finished.key, finished.reason).await;
        };
        self.observe_skips(&finished);
        if !state.is_finished() && state != TaskInstanceState::UpForReschedule {
            // A failed try may have changed max_tries, and a cleared one has.
            self.read_again_with(&finished.key, finished.reason).await?;
            return Ok(());
        }
        let TaskFinished {
            key,
            try_number,
            start_date,
            end_date,
            reschedule_date,
            reason,
            ..
        } = finished;
        self.observe_change(&key, try_number, reason, |instance| {
            instance.state = state;
            instance.start_date = Some(start_date);
            instance.end_date = Some(end_date);
            instance.reschedule_date = reschedule_date;
        });
        Ok(())
    }

    /// Tasks that a branch skipped are skipped before the branch itself is seen to end.
    fn observe_skips(&mut self, finished: &TaskFinished) {
        let run = run_of(&finished.key);
        for (task_id, map_index) in &finished.skipped {
            let key = TaskInstanceKey {
                task_id: task_id.clone(),
                map_index: *map_index,
                ..finished.key.clone()
            };
            self.observe_skip(&key, finished.end_date);
        }
        let decision = finished
            .skip_decision
            .as_deref()
            .and_then(|json| read_skip_decision(json.as_bytes()));
        if let Some(decision) = decision {
            self.snapshot.observe(Observation::SkipDecision {
                run,
                task_id: finished.key.task_id.clone(),
                map_index: finished.key.map_index,
                decision,
            });
        }
    }

    fn observe_skip(&mut self, key: &TaskInstanceKey, at: updraft_core::UtcDateTime) {
        let run = run_of(key);
        let Some(known) = self
            .snapshot
            .task_instance(&run, &key.task_id, key.map_index)
        else {
            return;
        };
        // The supervisor skips what is neither finished nor running.
        if known.state.is_finished() || known.state == TaskInstanceState::Running {
            return;
        }
        let try_number = known.try_number;
        self.observe_change(key, try_number, None, |instance| {
            instance.state = TaskInstanceState::Skipped;
            instance.start_date = Some(at);
            instance.end_date = Some(at);
        });
    }

    fn observe_not_claimed(&mut self, key: &TaskInstanceKey, try_number: i32, reason: &NotClaimed) {
        let now = self.now();
        match reason {
            NotClaimed::NotQueued | NotClaimed::Draining => {
                self.agenda.reload_at(run_of(key), now);
            }
            NotClaimed::Unable(error) => {
                tracing::warn!(
                    dag.id = key.dag_id.as_str(),
                    run.id = key.run_id.as_str(),
                    task.id = key.task_id.as_str(),
                    try_number,
                    error,
                    "no process could be had for a task; it stays queued and is tried again"
                );
                // Reading the run finds the task instance queued and hands it over again.
                let pause = jiff::SignedDuration::from_secs(1);
                self.agenda
                    .reload_at(run_of(key), now.saturating_add(pause));
            }
        }
    }

    /// Changes what is known of a task instance, if the news is about its present try.
    fn observe_change(
        &mut self,
        key: &TaskInstanceKey,
        try_number: i32,
        reason: Option<String>,
        change: impl FnOnce(&mut TaskInstance),
    ) {
        let run = run_of(key);
        let known = self
            .snapshot
            .task_instance(&run, &key.task_id, key.map_index);
        let Some(known) = known.filter(|known| known.try_number == try_number) else {
            self.agenda.reload_at(run, self.now());
            return;
        };
        let mut instance = known.clone();
        change(&mut instance);
        self.tell_with_reason(key, known, &instance, reason);
        self.snapshot.observe(Observation::TaskInstance {
            run,
            task_id: key.task_id.clone(),
            instance: Box::new(instance),
        });
    }

    fn tell_with_reason(
        &self,
        key: &TaskInstanceKey,
        before: &TaskInstance,
        after: &TaskInstance,
        why: Option<String>,
    ) {
        let mut event = super::task_instances::change_of(key.clone(), before, after);
        if let Some(Event::TaskFinished { reason, .. }) = &mut event {
            *reason = why;
        }
        if let Some(event) = event {
            self.tell(event);
        }
    }

    async fn read_again(&mut self, key: &TaskInstanceKey) -> Result<(), Error> {
        self.read_again_with(key, None).await
    }

    /// Reads one task instance.
    async fn read_again_with(
        &mut self,
        key: &TaskInstanceKey,
        reason: Option<String>,
    ) -> Result<(), Error> {
        let run = run_of(key);
        let row = load_task_instance(&self.db, &run, &key.task_id, key.map_index).await?;
        let Some(row) = row else {
            self.agenda.reload_at(run, self.now());
            return Ok(());
        };
        let known = self
            .snapshot
            .task_instance(&run, &key.task_id, key.map_index);
        let Some(known) = known else {
            self.agenda.reload_at(run, self.now());
            return Ok(());
        };
        self.tell_with_reason(key, known, &row.instance, reason);
        self.snapshot.observe(Observation::TaskInstance {
            run,
            task_id: row.task_id,
            instance: Box::new(row.instance),
        });
        Ok(())
    }
}

pub(crate) fn run_of(key: &TaskInstanceKey) -> RunKey {
    RunKey {
        dag_id: key.dag_id.clone(),
        run_id: key.run_id.clone(),
    }
}

/// The key of a task instance in a run.
pub(crate) fn key_in(run: &RunKey, task_id: &TaskId, map_index: MapIndex) -> TaskInstanceKey {
    TaskInstanceKey {
        dag_id: run.dag_id.clone(),
        run_id: run.run_id.clone(),
        task_id: task_id.clone(),
        map_index,
    }
}
