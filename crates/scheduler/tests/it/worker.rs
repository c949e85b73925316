//! Plays the supervisor: real claims and real final writes, without processes.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use tokio::sync::{Notify, mpsc};
use updraft_core::{
    MapIndex, TaskId, TaskInstanceKey, UtcDateTime,
    failure::{FailureCause, FailureFacts, OnWorkerLoss, on_failure},
    state::TaskInstanceState,
    time::Clock,
};
use updraft_metadata_db::{
    Db, Source,
    supervision::{Claim, Claimed, Finished, ProcessEnd, TryEnd, TryKey, XComValue, claim, finish},
};
use updraft_scheduler::Input;
use updraft_supervisor::{Command, Event, NotClaimed, TaskFinished, TaskRequest};

/// How a task ends.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Success,
    Failed,
    /// Branches: the direct downstream tasks that are followed, and those that are skipped.
    Follows(Vec<&'static str>, Vec<&'static str>),
    /// Wants to be asked again after so many seconds.
    Reschedule(i64),
    /// Runs until the test ends it.
    Hold,
    /// Is taken from the queue but never claimed, as by a process that dies.
    Drop,
    /// A worker elsewhere has claimed it before, and is not heard of any more.
    Elsewhere,
}

type Outcomes = Arc<Mutex<HashMap<(String, i32), Outcome>>>;

/// Takes commands until the channel closes.
#[derive(Clone)]
pub(crate) struct Worker {
    db: Db,
    clock: Clock,
    outcomes: Outcomes,
    held: Arc<Mutex<HashMap<TaskInstanceKey, (TaskRequest, Claimed)>>>,
    inputs: mpsc::UnboundedSender<Input>,
    callbacks: mpsc::UnboundedSender<()>,
    dropped: Arc<Notify>,
    /// The most task instances that were queued or running in pool `narrow` after a claim.
    peak: Arc<AtomicI64>,
}

impl Worker {
    pub(crate) fn new(
        db: Db,
        clock: Clock,
        inputs: mpsc::UnboundedSender<Input>,
        callbacks: mpsc::UnboundedSender<()>,
    ) -> Self {
        Self {
            db,
            clock,
            outcomes: Outcomes::default(),
            held: Arc::default(),
            inputs,
            callbacks,
            dropped: Arc::default(),
            peak: Arc::default(),
        }
    }

    pub(crate) fn peak(&self) -> i64 {
        self.peak.load(Ordering::SeqCst)
    }

    /// Waits until a task was dropped.
    pub(crate) async fn dropped(&self) {
        self.dropped.notified().await;
    }

    async fn measure(&self) {
        let occupied: i64 = self
            .db
            .query(
                "SELECT COUNT(*) FROM task_instance
                 WHERE state IN ('queued', 'running') AND pool = 'narrow'",
            )
            .fetch_scalar()
            .await
            .unwrap();
        self.peak.fetch_max(occupied, Ordering::SeqCst);
    }

    /// What that try of a task comes to, in every run; success where nothing is said.
    pub(crate) fn will(&self, task_id: &str, try_number: i32, outcome: Outcome) {
        let mut outcomes = self.outcomes.lock().unwrap();
        outcomes.insert((task_id.to_owned(), try_number), outcome);
    }

    pub(crate) async fn work(self, mut commands: mpsc::Receiver<Command>) {
        while let Some(command) = commands.recv().await {
            match command {
                Command::RunTask(request) => self.run(*request).await,
                Command::RunCallbacks => self.callbacks.send(()).unwrap(),
                Command::Terminate {
                    key, try_number, ..
                } => self.terminate(&key, try_number).await,
                _ => {}
            }
        }
    }

    /// The key of a task that is held.
    pub(crate) fn held(&self, task_id: &str) -> TaskInstanceKey {
        let held = self.held.lock().unwrap();
        let mut keys = held.keys();
        keys.find(|key| key.task_id.as_str() == task_id)
            .cloned()
            .unwrap()
    }

    /// Ends a task that is held.
    pub(crate) async fn release(&self, task_id: &str, outcome: Outcome) {
        let key = self.held(task_id);
        let (request, claimed) = self.held.lock().unwrap().remove(&key).unwrap();
        self.end(&request, &claimed, &outcome).await;
    }

    /// As a process that dies of the signal.
    async fn terminate(&self, key: &TaskInstanceKey, try_number: i32) {
        let held = {
            let mut held = self.held.lock().unwrap();
            let is_it = held
                .get(key)
                .is_some_and(|(request, _)| request.try_number == try_number);
            is_it.then(|| held.remove(key)).flatten()
        };
        if let Some((request, claimed)) = held {
            self.end(&request, &claimed, &Outcome::Failed).await;
        }
    }

    async fn run(&self, request: TaskRequest) {
        let outcome = {
            let outcomes = self.outcomes.lock().unwrap();
            outcomes
                .get(&(request.key.task_id.as_str().to_owned(), request.try_number))
                .cloned()
                .unwrap_or(Outcome::Success)
        };
        if matches!(outcome, Outcome::Drop) {
            return self.dropped.notify_one();
        }
        let now = (self.clock)();
        let tag = tag(&request);
        let mut tx = self.db.begin().await.unwrap();
        let claimed = claim(
            &mut tx,
            &Claim {
                key: &request.key,
                try_number: request.try_number,
                external_executor_id: request.external_executor_id.as_deref(),
                hostname: "host",
                unixname: "tester",
                pid: 1,
                tag: &tag,
                supervisor_id: "supervisor",
                owner: None,
                run_as_user: request.run_as_user.as_deref(),
                now,
            },
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        self.measure().await;
        let claimed = claimed.filter(|_| !matches!(outcome, Outcome::Elsewhere));
        let Some(claimed) = claimed else {
            return self.say(Event::TaskNotClaimed {
                key: request.key,
                try_number: request.try_number,
                external_executor_id: request.external_executor_id,
                reason: NotClaimed::NotQueued,
            });
        };
        self.say(Event::TaskStarted {
            key: request.key.clone(),
            try_number: request.try_number,
            job_id: claimed.job_id,
            start_date: now,
        });
        if matches!(outcome, Outcome::Hold) {
            let key = request.key.clone();
            self.held.lock().unwrap().insert(key, (request, claimed));
        } else {
            self.end(&request, &claimed, &outcome).await;
        }
    }

    async fn end(&self, request: &TaskRequest, claimed: &Claimed, outcome: &Outcome) {
        let now = (self.clock)();
        let skips = outcome.skips();
        let decision = outcome.decision();
        let reschedule_date = outcome.reschedule_date(now);
        let tag = tag(request);
        let mut tx = self.db.begin().await.unwrap();
        let end = TryEnd {
            by: TryKey {
                key: &request.key,
                try_number: request.try_number,
                job_id: claimed.job_id,
            },
            tag: &tag,
            state: state_after(request, claimed, outcome),
            max_tries: None,
            start_date: now,
            end_date: now,
            reschedule_date,
            execution_date: now,
            owner: None,
            rendered_map_index: None,
            note: None,
            xcoms: decision
                .iter()
                .map(|json| XComValue {
                    key: "skipmixin_key",
                    value: json.as_bytes(),
                })
                .collect(),
            task_map: None,
            skips: &skips,
            rendered_fields: None,
            callback: None,
            process: ProcessEnd::default(),
            now,
        };
        let finished = finish(&mut tx, &end).await.unwrap();
        tx.commit().await.unwrap();
        self.say(Event::TaskFinished(Box::new(TaskFinished {
            key: request.key.clone(),
            try_number: request.try_number,
            external_executor_id: request.external_executor_id.clone(),
            job_id: claimed.job_id,
            state: match finished {
                Finished::Written(state) => Some(state),
                Finished::Overruled => None,
            },
            start_date: now,
            end_date: now,
            reschedule_date,
            skip_decision: decision,
            skipped: skips,
            reason: None,
            cpu_seconds: None,
            peak_rss_bytes: None,
        })));
    }

    fn say(&self, event: Event) {
        let _ = self.inputs.send(Input::Supervisor(event));
    }
}

fn tag(request: &TaskRequest) -> String {
    request.external_executor_id.clone().unwrap_or_default()
}

fn state_after(request: &TaskRequest, claimed: &Claimed, outcome: &Outcome) -> TaskInstanceState {
    match outcome {
        Outcome::Failed => on_failure(FailureFacts {
            cause: FailureCause::Failed,
            retries: request.retries,
            try_number: request.try_number,
            max_tries: claimed.task_instance.max_tries.unwrap_or(0),
            lost_tries_rerun: 0,
            on_worker_loss: OnWorkerLoss::Rerun,
        })
        .state(),

        Outcome::Reschedule(_) => TaskInstanceState::UpForReschedule,
        Outcome::Success
        | Outcome::Follows(..)
        | Outcome::Hold
        | Outcome::Drop
        | Outcome::Elsewhere => TaskInstanceState::Success,
    }
}

impl Outcome {
    fn skips(&self) -> Vec<(TaskId, MapIndex)> {
        let Self::Follows(_, skipped) = self else {
            return Vec::new();
        };
        skipped
            .iter()
            .map(|task_id| ((*task_id).into(), MapIndex::UNMAPPED))
            .collect()
    }

    /// The XCom of a task that decides what follows it.
    fn decision(&self) -> Option<String> {
        let Self::Follows(followed, _) = self else {
            return None;
        };
        Some(serde_json::json!({ "followed": followed }).to_string())
    }

    fn reschedule_date(&self, now: UtcDateTime) -> Option<UtcDateTime> {
        let Self::Reschedule(seconds) = self else {
            return None;
        };
        Some(now.saturating_add(jiff::SignedDuration::from_secs(*seconds)))
    }
}
