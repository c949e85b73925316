//! The event loop.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use updraft_core::{
    DagId, Reach, UtcDateTime,
    dag::Dag,
    planner::{Evaluate, Notice, Snapshot},
    time::Clock,
};
use updraft_metadata_db::Db;

use crate::{
    agenda::{Agenda, Due},
    error::{Error, chain},
    event::Event,
    executor::Executor,
    input::Input,
    known::Known,
    settings::Settings,
};

/// Everything that a scheduler needs from outside.
pub struct Parts {
    pub db: Db,
    pub settings: Settings,
    pub executor: Executor,
    pub clock: Clock,
    /// Makes an id for each queueing; every one must be new.
    pub new_id: Arc<dyn Fn() -> String + Send + Sync>,
    pub inputs: mpsc::UnboundedReceiver<Input>,
    pub events: mpsc::UnboundedSender<Event>,
}

/// Reads, plans, applies. See the crate's documentation.
pub struct Scheduler {
    pub(crate) db: Db,
    pub(crate) settings: Settings,
    pub(crate) executor: Executor,
    pub(crate) clock: Clock,
    pub(crate) new_id: Arc<dyn Fn() -> String + Send + Sync>,
    pub(crate) events: mpsc::UnboundedSender<Event>,
    inputs: mpsc::UnboundedReceiver<Input>,
    pub(crate) job_id: i32,
    pub(crate) snapshot: Snapshot,
    pub(crate) known: Known,
    pub(crate) definitions: HashMap<DagId, Definition>,
    pub(crate) agenda: Agenda,
    /// What the supervisor said since the last turn.
    pub(crate) news: VecDeque<updraft_supervisor::Event>,
    /// Up to when changes of task instances were read.
    pub(crate) read_up_to: UtcDateTime,
    pub(crate) noticed: Vec<Notice>,
    pub(crate) unanswered: Vec<Evaluate>,
    pub(crate) draining: bool,
    pub(crate) reach: Reach,
    /// Who wants to know when everything said so far was dealt with.
    waiting: Vec<mpsc::UnboundedSender<()>>,
}

/// A decoded serialized DAG.
pub(crate) struct Definition {
    pub(crate) dag_hash: String,
    /// `None` where it could not be read.
    pub(crate) dag: Option<Arc<Dag>>,
}

impl Scheduler {
    pub(crate) fn new(parts: Parts, job_id: i32, now: UtcDateTime) -> Self {
        Self {
            snapshot: Snapshot::new(parts.settings.planner.clone()),
            agenda: Agenda::new(parts.settings.intervals, now),
            db: parts.db,
            settings: parts.settings,
            executor: parts.executor,
            clock: parts.clock,
            new_id: parts.new_id,
            events: parts.events,
            inputs: parts.inputs,
            job_id,
            known: Known::default(),
            definitions: HashMap::new(),
            news: VecDeque::new(),
            read_up_to: UtcDateTime::UNIX_EPOCH,
            noticed: Vec::new(),
            unanswered: Vec::new(),
            draining: false,
            reach: Reach::since(now, GAP),
            waiting: Vec::new(),
        }
    }

    pub(crate) fn now(&self) -> UtcDateTime {
        (self.clock)()
    }

    pub(crate) fn tell(&self, event: Event) {
        // Nobody has to watch.
        let _ = self.events.send(event);
    }

    /// Works until `drain` is cancelled and the executor's last task has ended.
    pub async fn run(mut self, drain: CancellationToken) -> Result<(), Error> {
        let watcher = crate::changes::watch(self.db.clone(), self.settings.intervals.settle).await;
        let mut changes = watcher.changes();
        let mut pause = FIRST_PAUSE;
        let mut ready = false;
        let mut listening = true;
        loop {
            // A pass may yet bring the end of what is still running.
            let may_stop = !self.draining || self.executor.is_idle();
            let turned = tokio::select! {
                turned = self.turn() => turned.map(Some),
                () = grace(&drain), if may_stop => Ok(None),
            };
            match turned {
                Ok(Some(())) => {
                    pause = FIRST_PAUSE;
                    self.reach.succeeded(self.now());
                    if !std::mem::replace(&mut ready, true) {
                        self.tell(Event::Ready {
                            job_id: self.job_id,
                        });
                    }
                }
                // What was half done is as unknown as after an error.
                Ok(None) => {
                    self.draining = true;
                    self.reach.failed();
                    self.agenda.everything(self.now());
                }
                Err(error) => {
                    self.in_trouble(&error);
                    self.rest(pause, &drain).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
            if self.draining && self.executor.is_idle() {
                break;
            }
            self.answer();
            let pause_ends = sleep_until(self.agenda.next_at(), self.now());
            tokio::select! {
                input = self.inputs.recv(), if listening => if let Some(input) = input {
                    self.note(input);
                } else {
                    // Everybody who could wake us is gone, so this process is ending.
                    listening = false;
                    self.draining = true;
                },
                Ok(()) = changes.changed() => self.note(Input::DatabaseChanged),
                () = pause_ends => {}
                () = drain.cancelled(), if !self.draining => self.draining = true,
            }
            while let Ok(input) = self.inputs.try_recv() {
                self.note(input);
            }
        }
        drop(watcher);
        self.end().await
    }

    /// Lets the database come back, unless this process is to end.
    async fn rest(&mut self, pause: Duration, drain: &CancellationToken) {
        let pause_ends = tokio::time::sleep(pause);
        tokio::pin!(pause_ends);
        while !(self.draining && self.executor.is_idle()) {
            tokio::select! {
                () = &mut pause_ends => return,
                () = drain.cancelled(), if !self.draining => self.draining = true,
                Some(input) = self.inputs.recv() => self.note(input),
            }
        }
    }

    fn note(&mut self, input: Input) {
        match input {
            Input::Supervisor(updraft_supervisor::Event::Stopped) => {
                self.observe_stopped_supervisor();
            }
            Input::DagsChanged { dag_ids: None } => self.agenda.dags_changed(self.now()),
            Input::DagsChanged {
                dag_ids: Some(dag_ids),
            } => self.agenda.these_dags_changed(dag_ids),
            Input::DatabaseChanged => self.agenda.database_changed(self.now()),
            Input::Supervisor(event) => self.news.push_back(event),
            Input::Wake => {}
            Input::Barrier(sender) => self.waiting.push(sender),
        }
    }

    fn answer(&mut self) {
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(());
        }
    }

    /// One pass: what is due is looked at, then everything is done that can be done now.
    async fn turn(&mut self) -> Result<(), updraft_metadata_db::Error> {
        let due = self.agenda.due(self.now());
        // Successors wait for this, and for nothing that is looked at by the clock.
        if !due.whole && !self.news.is_empty() {
            self.observe_news().await?;
            self.act().await?;
        }
        self.keep_up(&due).await?;
        if due.dags {
            self.observe_dags(None).await?;
        } else if !due.changed_dags.is_empty() {
            self.observe_dags(Some(&due.changed_dags)).await?;
        }
        if due.whole {
            self.observe_everything().await?;
        }
        if due.poll {
            self.observe_changes().await?;
        }
        self.reload_runs(due.reload).await?;
        self.observe_news().await?;
        self.act().await
    }

    /// The chores of a scheduler that are not plans.
    async fn keep_up(&mut self, due: &Due) -> Result<(), updraft_metadata_db::Error> {
        if due.heartbeat {
            self.heartbeat().await?;
        }
        if due.orphans {
            self.release_orphans().await?;
        }
        if due.zombies {
            self.end_zombies().await?;
        }
        if due.queued {
            self.end_stuck().await?;
        }
        Ok(())
    }

    fn in_trouble(&mut self, error: &updraft_metadata_db::Error) {
        let reason = chain(error);
        tracing::error!(
            error = reason,
            "the scheduler's pass failed; it reads everything again"
        );
        if self.reach.failed() {
            self.tell(Event::DatabaseTrouble { reason });
        }
        // Whether a transaction in flight was committed is unknown.
        self.agenda.everything(self.now());
    }
}

/// The loop looks at the database once a second.
const GAP: SignedDuration = SignedDuration::from_secs(10);

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long a pass may go on when the process is to end: much longer than one takes, unless the
/// database does not answer.
const GRACE: Duration = Duration::from_secs(1);

async fn grace(drain: &CancellationToken) {
    drain.cancelled().await;
    tokio::time::sleep(GRACE).await;
}

async fn sleep_until(at: UtcDateTime, now: UtcDateTime) {
    let pause = Duration::try_from(at.since(now)).unwrap_or_default();
    // A clock that stands still must not make the loop spin.
    tokio::time::sleep(pause.max(Duration::from_millis(1))).await;
}
