//! The loop: keeps the list of files, has due ones parsed, stores the results.

mod due;
mod listing;
mod news;
mod once;
mod parses;
mod results;

pub use once::{Report, clear_serialized_dags, parse_once};

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use jiff::SignedDuration;
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    task::{Id, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use updraft_core::{UtcDateTime, time::Clock};
use updraft_metadata_db::Db;
use updraft_supervisor::SupervisorHandle;

use self::{due::Timers, news::changes_of};
use crate::{
    dependencies::Dependencies,
    discovery::{DagFile, Unknown},
    event::{DagsChanged, Event},
    options::Options,
    ownership::Ownership,
    parse::{ParseError, Parser},
    parsed::ParsedFile,
    queue::Queue,
    store::{Store, StoreOptions},
    watch::Watcher,
};

/// What a shutdown waits for the database at most.
const LAST_WRITE: Duration = Duration::from_secs(2);

/// Finds, parses and stores DAG files. See the crate's documentation.
pub struct DagProcessor {
    options: Options,
    clock: Clock,
    store: Store,
    parser: Arc<Parser>,
    queue: Queue,
    /// As of the last listing.
    files: Vec<DagFile>,
    /// What that listing could not see.
    unknown: Vec<Unknown>,
    dependencies: Dependencies,
    ownership: Ownership,
    /// By file: DAGs whose timetable only Python can ask.
    custom_timetables: HashMap<PathBuf, Vec<String>>,
    /// By file: names under which it has import errors.
    import_errors: HashMap<PathBuf, Vec<String>>,
    /// Whether the owners of DAG ids were read from the database.
    owners_known: bool,
    events: Option<mpsc::UnboundedSender<Event>>,
    /// Changed DAGs of which the scheduler has not heard yet.
    unannounced: BTreeSet<String>,
    /// The parses that run.
    tasks: HashMap<Id, PathBuf>,
    /// How many wait for a process. A file that changes cannot overtake them.
    ahead: usize,
    timers: Timers,
}

/// One finished parse.
struct Done {
    path: PathBuf,
    result: Result<ParsedFile, ParseError>,
}

impl DagProcessor {
    pub fn new(options: Options, db: Db, supervisor: SupervisorHandle, clock: Clock) -> Self {
        let subdir = options.dag_folder.to_string_lossy().into_owned();
        Self::with_subdir(options, db, supervisor, clock, Some(subdir))
    }

    fn with_subdir(
        options: Options,
        db: Db,
        supervisor: SupervisorHandle,
        clock: Clock,
        processor_subdir: Option<String>,
    ) -> Self {
        let interval =
            SignedDuration::try_from(options.min_file_process_interval).unwrap_or_default();
        Self {
            store: Store::new(
                db,
                StoreOptions {
                    processor_subdir,
                    dags_are_paused_at_creation: options.dags_are_paused_at_creation,
                    compress_serialized_dags: options.compress_serialized_dags,
                    defaults: options.defaults.clone(),
                },
            ),
            queue: Queue::new(interval, options.sort_mode, options.hostname.clone()),
            parser: Arc::new(Parser::new(supervisor, &options)),
            files: Vec::new(),
            unknown: Vec::new(),
            dependencies: Dependencies::default(),
            ownership: Ownership::default(),
            custom_timetables: HashMap::new(),
            import_errors: HashMap::new(),
            owners_known: false,
            events: None,
            unannounced: BTreeSet::new(),
            tasks: HashMap::new(),
            ahead: 0,
            timers: Timers::new(clock()),
            options,
            clock,
        }
    }

    /// Sends progress to `events`, for a person to read.
    #[must_use]
    pub fn with_events(mut self, events: mpsc::UnboundedSender<Event>) -> Self {
        self.events = Some(events);
        self
    }

    /// Works until `shutdown`. Tells the scheduler which DAGs changed through `changes`; a scheduler
    /// that is gone or slow does not stop the parsing of files.
    pub async fn run(mut self, shutdown: CancellationToken, changes: mpsc::Sender<DagsChanged>) {
        let watcher = self.watch();
        // Their children end by themselves; nobody stores what they say.
        let mut parses = JoinSet::new();
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.work(&mut parses, watcher.as_ref(), &changes) => {}
        }
        parses.shutdown().await;
        let flushed = timeout(LAST_WRITE, self.store.flush_heartbeats());
        if !matches!(flushed.await, Ok(Ok(()))) {
            tracing::debug!("signs of life of DAGs were not recorded");
        }
    }

    async fn work(
        &mut self,
        running: &mut JoinSet<Done>,
        watcher: Option<&Watcher>,
        news: &mpsc::Sender<DagsChanged>,
    ) {
        loop {
            self.do_due(news).await;
            self.start_parses(running);
            let pause = self.pause();
            tokio::select! {
                Some(done) = running.join_next_with_id() => {
                    let dag_ids = self.take_results(done, running).await;
                    self.announce(news, dag_ids);
                }
                changes = changes_of(watcher) => self.take_changes(&changes),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn now(&self) -> UtcDateTime {
        (self.clock)()
    }

    fn tell(&self, event: Event) {
        if let Some(events) = &self.events {
            // Nobody listens any more: then nobody wants to know.
            let _ = events.send(event);
        }
    }

    fn warn(&self, message: String) {
        tracing::warn!("{message}");
        self.tell(Event::Warning { message });
    }

    /// Tells the scheduler, or keeps the news while its queue is full.
    fn announce(&mut self, changes: &mpsc::Sender<DagsChanged>, dag_ids: Vec<String>) {
        self.unannounced.extend(dag_ids);
        if self.unannounced.is_empty() {
            return;
        }
        match changes.try_reserve() {
            Ok(permit) => permit.send(DagsChanged {
                dag_ids: std::mem::take(&mut self.unannounced).into_iter().collect(),
            }),
            Err(TrySendError::Full(())) => {}
            Err(TrySendError::Closed(())) => self.unannounced.clear(),
        }
    }

    fn watch(&self) -> Option<Watcher> {
        if !self.options.watch {
            return None;
        }
        match Watcher::new(&self.options.dag_folder) {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                self.warn(format!(
                    "cannot watch {} ({error}); changes are found by looking every second",
                    self.options.dag_folder.display()
                ));
                None
            }
        }
    }

    /// How long there is nothing to do unless something happens.
    fn pause(&self) -> Duration {
        let now = self.now();
        let next = match self.queue.wake_at() {
            // Every process is busy: the end of one is what to wait for.
            Some(at) if at > now => self.timers.next().min(at),
            _ => self.timers.next(),
        };
        Duration::try_from(next.since(now)).unwrap_or_default()
    }
}
