//! Starts a supervisor and obeys commands until it has drained.

use std::sync::{Arc, atomic::AtomicBool};

use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use updraft_metadata_db::{Db, supervision::end_lease};
use uuid::Uuid;

use crate::{
    command::Command,
    event::{Event, NotClaimed},
    handle::{SupervisorHandle, WaitingParses},
    heartbeat,
    keep_running::keep_running,
    lease,
    lease_file::LeaseFile,
    lost::{self, Recovered},
    options::SupervisorOptions,
    parse::{self, Parsers},
    pending_callbacks,
    process::{Nursery, ZygoteOptions},
    prune, runtime_files,
    shared::{LiveTries, Shared, SharedReach},
    spool::Spool,
    task::{self, Stop},
    task_log::TaskLogs,
};

/// Commands that may wait: enough for a burst of the scheduler.
const WAITING_COMMANDS: usize = 1024;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot unpack the Python runtime")]
    Runtime(#[source] std::io::Error),
    #[error("cannot become the parent of orphaned tasks")]
    Subreaper(#[source] nix::Error),
    #[error("cannot take the supervisor's lease")]
    Lease(#[source] updraft_metadata_db::Error),
}

/// A running supervisor lives in the tasks that [`Supervisor::start`] spawns.
#[derive(Debug)]
pub struct Supervisor;

impl Supervisor {
    /// Takes the lease, ends what dead supervisors of this host left, and starts the zygote.
    /// Events may be ignored, but not left unread for ever: they are kept.
    pub async fn start(
        options: SupervisorOptions,
    ) -> Result<(SupervisorHandle, mpsc::UnboundedReceiver<Event>), StartError> {
        let parent = options.runtime_dir.clone();
        let runtime_dir = tokio::task::spawn_blocking(move || runtime_files::unpack(&parent))
            .await
            .map_err(|error| StartError::Runtime(std::io::Error::other(error)))?
            .map_err(StartError::Runtime)?;
        // When the zygote dies its children become ours, so that their ends stay known.
        nix::sys::prctl::set_child_subreaper(true).map_err(StartError::Subreaper)?;

        let own = lease::own_lease(Uuid::new_v4().to_string(), &options.host.hostname);
        // Before the lease: whoever sees the one finds the other.
        let lease_file = options
            .db
            .as_ref()
            .and_then(|_| hold_file(&options, &own.id));
        let reach = SharedReach::since((options.clock)(), &options.limits);
        let recovered = match &options.db {
            Some(db) => lease::take(db, &own, &options, &reach)
                .await
                .map_err(StartError::Lease)?,
            None => Vec::new(),
        };
        let zygote = ZygoteOptions {
            python: options.python.clone(),
            runtime_dir,
            env: options.env.clone(),
            sdk: options.sdk.name(),
            preload: options.preload.clone(),
            runs_tasks: options.db.is_some(),
            start_timeout: options.limits.zygote_timeout,
        };
        let (events, event_receiver) = mpsc::unbounded_channel();
        let (commands, command_receiver) = mpsc::channel(WAITING_COMMANDS);
        let waiting = WaitingParses::default();
        let shared = Arc::new(Shared {
            nursery: Nursery::start(zygote, options.limits.warm),
            logs: TaskLogs::new(options.logs.clone(), options.clock.clone()),
            spool: lease_file
                .as_ref()
                .map(|_| Spool::new(&options.runtime_dir, &own.id)),
            lease: own,
            lease_file,
            live: LiveTries::default(),
            reach,
            is_silent: AtomicBool::new(false),
            kill: CancellationToken::new(),
            events,
            commands: commands.downgrade(),
            waiting: waiting.clone(),
            parsers: Parsers::default(),
            callbacks_wait: Notify::new(),
            options,
        });
        tokio::spawn(run(shared, recovered, command_receiver));
        Ok((SupervisorHandle { commands, waiting }, event_receiver))
    }
}

fn hold_file(options: &SupervisorOptions, lease_id: &str) -> Option<LeaseFile> {
    LeaseFile::hold(&options.runtime_dir, lease_id)
        .inspect_err(|error| {
            tracing::warn!(
                %error,
                "cannot lock the lease's file; a reboot will be noticed late, and ends of tasks \
                 that the database does not take are kept in memory alone"
            );
        })
        .ok()
}

async fn run(
    shared: Arc<Shared>,
    recovered: Vec<Recovered>,
    mut commands: mpsc::Receiver<Command>,
) {
    let work = TaskTracker::new();
    lost::report(&shared, recovered).await;
    let stop = CancellationToken::new();
    let mut loops = match shared.options.db.clone() {
        Some(db) => begin_loops(&shared, &db, &work, &stop),
        None => JoinSet::new(),
    };
    loops.spawn(announce(Arc::clone(&shared)));
    let mut draining = false;
    let mut listening = true;
    loop {
        tokio::select! {
            command = commands.recv(), if listening => match command {
                Some(Command::Drain) => draining = true,
                Some(Command::Kill) => {
                    draining = true;
                    shared.kill.cancel();
                }
                Some(command) => obey(&shared, &work, command, draining),
                None => {
                    listening = false;
                    draining = true;
                }
            },
            () = work.wait(), if draining => break,
        }
        if draining {
            work.close();
        }
    }
    stop.cancel();
    shared.parsers.clear();
    // Whatever they wait for: a heartbeat after the end would have the lease run again.
    loops.shutdown().await;
    end(&shared).await;
}

/// What goes on beside the commands. Each by itself: heartbeats must not fall silent while the end of
/// a lost try waits for a lock.
fn begin_loops(
    shared: &Arc<Shared>,
    db: &Db,
    work: &TaskTracker,
    stop: &CancellationToken,
) -> JoinSet<()> {
    let parts = (Arc::clone(shared), db.clone(), stop.clone());
    let mut loops = JoinSet::new();
    let (shared, db, stop) = parts.clone();
    loops.spawn(keep_running("heartbeats", move || {
        heartbeat::run(Arc::clone(&shared), db.clone(), stop.clone())
    }));
    let (shared, db, stop) = parts.clone();
    loops.spawn(keep_running("lost tries", move || {
        lease::watch(Arc::clone(&shared), db.clone(), stop.clone())
    }));
    let (shared, db, stop) = parts.clone();
    loops.spawn(keep_running("pruning", move || {
        prune::run(Arc::clone(&shared), db.clone(), stop.clone())
    }));
    let (shared, db, stop) = parts;
    let work = work.clone();
    loops.spawn(keep_running("callbacks", move || {
        pending_callbacks::run(Arc::clone(&shared), db.clone(), work.clone(), stop.clone())
    }));
    loops
}

fn obey(shared: &Arc<Shared>, work: &TaskTracker, command: Command, draining: bool) {
    let shared = Arc::clone(shared);
    match command {
        Command::RunTask(request) if draining => shared.tell(Event::TaskNotClaimed {
            key: request.key,
            try_number: request.try_number,
            external_executor_id: request.external_executor_id,
            reason: NotClaimed::Draining,
        }),
        Command::RunTask(request) => drop(work.spawn(task::run(shared, *request))),
        Command::Terminate {
            key,
            try_number,
            reason,
        } => shared
            .live
            .stop_try(&key, try_number, &Stop::Requested(reason)),
        Command::Parse(request) if draining => {
            let report = parse::not_started(&request, "the supervisor stops".to_owned());
            shared.tell(Event::Parsed(report));
        }
        Command::Parse(request) => drop(work.spawn(parse::answer(shared, request))),
        Command::RunCallbacks => shared.callbacks_wait.notify_one(),
        Command::Drain | Command::Kill => {}
    }
}

async fn announce(shared: Arc<Shared>) {
    match shared.nursery.ready().await {
        Ok(()) => shared.tell(Event::Ready),
        Err(error) => shared.tell(Event::NotReady {
            error: error.to_string(),
        }),
    }
}

async fn end(shared: &Shared) {
    shared.waiting.clear();
    tokio::join!(shared.nursery.end(), end_own_lease(shared));
    shared.tell(Event::Stopped);
}

async fn end_own_lease(shared: &Shared) {
    if let Some(spool) = &shared.spool {
        spool.close();
    }
    if let Some(db) = &shared.options.db {
        let ended = async {
            let mut tx = db.begin().await?;
            end_lease(&mut tx, &shared.lease.id, shared.now()).await?;
            tx.commit().await
        };
        let ended = timeout(shared.options.limits.last_write, ended).await;
        match (ended, &shared.lease_file) {
            (Ok(Ok(())), Some(file)) => file.remove(),
            (Ok(Ok(())), None) => {}
            (Ok(Err(error)), _) => tracing::warn!(%error, "cannot end the supervisor's lease"),
            (Err(_), _) => tracing::warn!("cannot end the supervisor's lease: no answer"),
        }
    }
}
