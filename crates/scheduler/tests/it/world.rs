//! A database, a worker and a scheduler that may be dropped and started again.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use updraft_core::{UtcDateTime, failure::OnWorkerLoss, planner, state::DagRunState};
use updraft_metadata_db::{
    Db, DbTimestamp, Engine, Source,
    supervision::{Callback, CallbackTerms, adopt_callbacks},
};
use updraft_scheduler::{
    Error, Event, Executor, Host, Input, Intervals, Parts, Scheduler, Settings,
};
use updraft_test_support::{ManualClock, TestDatabase};

use crate::{dag::TestDag, worker::Worker};

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct World {
    database: Arc<TestDatabase>,
    pub(crate) clock: ManualClock,
    pub(crate) parallelism: u32,
    pub(crate) sequential: bool,
    pub(crate) intervals: Intervals,
    pub(crate) on_worker_loss: OnWorkerLoss,
    pub(crate) host: Host,
    running: Option<Running>,
    ids: Arc<AtomicU64>,
}

struct Running {
    events: mpsc::UnboundedReceiver<Event>,
    inputs: mpsc::UnboundedSender<Input>,
    worker: Worker,
    callbacks: mpsc::UnboundedReceiver<()>,
    drain: CancellationToken,
    scheduler: JoinHandle<Result<(), Error>>,
    work: JoinHandle<()>,
    job_id: i32,
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        Self::on(Arc::new(TestDatabase::new(engine).await))
    }

    /// Another scheduler on the same database, by the same clock.
    pub(crate) fn beside(other: &Self) -> Self {
        Self {
            clock: other.clock.clone(),
            ids: other.ids.clone(),
            ..Self::on(other.database.clone())
        }
    }

    pub(crate) fn on(database: Arc<TestDatabase>) -> Self {
        Self {
            database,
            clock: ManualClock::default(),
            parallelism: 32,
            sequential: false,
            intervals: Intervals::default(),
            on_worker_loss: OnWorkerLoss::Rerun,
            host: Host {
                hostname: "host".to_owned(),
                unixname: "tester".to_owned(),
                process: None,
            },
            running: None,
            ids: Arc::default(),
        }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.database.db
    }

    /// Starts a scheduler, in place of one that was dropped or stopped. `prepare` tells the worker
    /// what its tasks come to.
    pub(crate) async fn start(&mut self, prepare: impl FnOnce(&Worker)) {
        let (input_sender, inputs) = mpsc::unbounded_channel();
        let (event_sender, events) = mpsc::unbounded_channel();
        let (command_sender, commands) = mpsc::channel(64);
        let (callback_sender, callbacks) = mpsc::unbounded_channel();
        let worker = Worker::new(
            self.db().clone(),
            self.clock.clock(),
            input_sender.clone(),
            callback_sender,
        );
        prepare(&worker);
        let work = tokio::spawn(worker.clone().work(commands));
        let ids = self.ids.clone();
        let parts = Parts {
            db: self.db().clone(),
            settings: self.settings(),
            executor: if self.sequential {
                Executor::sequential(command_sender)
            } else {
                Executor::local(self.parallelism, command_sender)
            },
            clock: self.clock.clock(),
            new_id: Arc::new(move || format!("queueing-{}", ids.fetch_add(1, Ordering::SeqCst))),
            inputs,
            events: event_sender,
        };
        let scheduler = Scheduler::start(parts).await.unwrap();
        let job_id = scheduler.job_id();
        let drain = CancellationToken::new();
        let scheduler = tokio::spawn(scheduler.run(drain.clone()));
        self.running = Some(Running {
            events,
            inputs: input_sender,
            worker,
            callbacks,
            drain,
            scheduler,
            work,
            job_id,
        });
        self.until(|event| matches!(event, Event::Ready { .. }))
            .await;
    }

    fn settings(&self) -> Settings {
        Settings {
            host: self.host.clone(),
            dags_folder: "/dags".to_owned(),
            planner: planner::Settings::default(),
            serialized_dag: updraft_serialized_dag::Defaults::default(),
            max_dagruns_to_create_per_loop: 10,
            use_job_schedule: true,
            on_worker_loss: self.on_worker_loss,
            num_stuck_in_queued_retries: 2,
            intervals: self.intervals,
        }
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub(crate) fn worker(&self) -> &Worker {
        &self.running().worker
    }

    pub(crate) fn job_id(&self) -> i32 {
        self.running().job_id
    }

    pub(crate) fn tell(&self, input: Input) {
        self.running().inputs.send(input).unwrap();
    }

    /// Moves the clock and lets the scheduler see it.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        if let Some(running) = &self.running {
            let _ = running.inputs.send(Input::Wake);
        }
    }

    /// Lets so many seconds go by, in which the scheduler looks at its clock as often as it does.
    pub(crate) async fn pass(&self, seconds: u64) {
        for _ in 0..seconds.div_ceil(5) {
            self.advance(5);
            self.until_quiet().await;
        }
    }

    /// Waits until no run is active, letting time go by whenever nothing happens.
    pub(crate) async fn all_runs_end(&mut self) {
        let ended = async {
            while 0 < self
                .scalar("SELECT COUNT(*) FROM dag_run WHERE state IN ('queued', 'running')")
                .await
            {
                if self.next_event().await.is_none() {
                    self.advance(5);
                }
            }
        };
        timeout(PATIENCE, ended).await.unwrap();
    }

    /// Ends scheduler and worker in the middle of whatever they do.
    pub(crate) async fn kill(&mut self) {
        let running = self.running.take().unwrap();
        running.scheduler.abort();
        running.work.abort();
        let _ = running.scheduler.await;
        let _ = running.work.await;
    }

    pub(crate) async fn drain(&mut self) {
        let running = self.running.as_ref().unwrap();
        running.drain.cancel();
        let running = self.running.take().unwrap();
        timeout(PATIENCE, running.scheduler)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        running.work.abort();
    }

    pub(crate) fn begin_drain(&self) {
        self.running().drain.cancel();
    }

    /// The next event, or none where nothing happens any more.
    pub(crate) async fn next_event(&mut self) -> Option<Event> {
        for _ in 0..2 {
            if let Ok(event) = self.running.as_mut().unwrap().events.try_recv() {
                return Some(event);
            }
            self.until_quiet().await;
        }
        None
    }

    /// The next event that `wanted` accepts.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        let mut seen = Vec::new();
        let events = &mut self.running.as_mut().unwrap().events;
        let search = async {
            loop {
                let event = events.recv().await.unwrap();
                if wanted(&event) {
                    return event;
                }
                seen.push(event);
            }
        };
        let found = timeout(PATIENCE, search).await;
        assert!(
            found.is_ok(),
            "the event did not come; these did: {seen:#?}"
        );
        found.unwrap()
    }

    /// Waits until the scheduler has done all that it can do now.
    pub(crate) async fn until_quiet(&self) {
        // Two passes: the first may have made the worker say something.
        for _ in 0..2 {
            let (sender, mut answered) = mpsc::unbounded_channel();
            self.tell(Input::Barrier(sender));
            timeout(PATIENCE, answered.recv()).await.unwrap().unwrap();
        }
    }

    /// Waits until a task instance is in that state, which nobody tells of.
    pub(crate) async fn until_state(&self, task_id: &str, state: &str) {
        let reached = async {
            loop {
                self.until_quiet().await;
                let found: Option<(Option<String>,)> = self
                    .db()
                    .query("SELECT state FROM task_instance WHERE task_id = $1")
                    .bind(task_id.to_owned())
                    .fetch_optional()
                    .await
                    .unwrap();
                if found.is_some_and(|(found,)| found.as_deref() == Some(state)) {
                    return;
                }
            }
        };
        timeout(PATIENCE, reached).await.unwrap();
    }

    /// Moves the clock of two schedulers until these runs have ended.
    pub(crate) async fn finish_with(&self, other: &Self, run_ids: &[&str], expected: DagRunState) {
        let ended = async {
            loop {
                self.advance(1);
                other.advance(1);
                self.until_quiet().await;
                other.until_quiet().await;
                let rows: Vec<(String, String)> = self
                    .db()
                    .query("SELECT run_id, state FROM dag_run")
                    .fetch_all()
                    .await
                    .unwrap();
                let done = run_ids.iter().all(|run_id| {
                    rows.iter()
                        .any(|(found, state)| found == run_id && state == expected.as_str())
                });
                if done {
                    return;
                }
            }
        };
        timeout(PATIENCE, ended).await.unwrap();
    }

    /// Waits for the end of that run and asserts how it ended.
    pub(crate) async fn run_ends(&mut self, run_id: &str, expected: DagRunState) {
        let event = self
            .until(|event| {
                matches!(event, Event::RunFinished { run, .. } if run.run_id.as_str() == run_id)
            })
            .await;
        let Event::RunFinished { state, .. } = event else {
            unreachable!();
        };
        assert_eq!(state, expected);
    }

    pub(crate) async fn task_starts(&mut self, task_id: &str) {
        self.until(|event| {
            matches!(event, Event::TaskStarted { key, .. } if key.task_id.as_str() == task_id)
        })
        .await;
    }

    /// The stored callback of which the worker was told.
    pub(crate) async fn callback(&mut self) -> Callback {
        let callbacks = &mut self.running.as_mut().unwrap().callbacks;
        timeout(PATIENCE, callbacks.recv()).await.unwrap().unwrap();
        let now = self.clock.now();
        let terms = CallbackTerms {
            silent_since: now,
            most_attempts: 1,
            oldest: now,
            now,
        };
        let mut tx = self.db().begin().await.unwrap();
        let mut adopted = adopt_callbacks(&mut tx, "worker", &terms, 2).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(adopted.len(), 1, "{adopted:?}");
        adopted.remove(0)
    }

    pub(crate) async fn task_ends(&mut self, task_id: &str) {
        self.until(|event| {
            matches!(event, Event::TaskFinished { key, .. } if key.task_id.as_str() == task_id)
        })
        .await;
    }

    /// Stores a DAG as the processor does.
    pub(crate) async fn store(&self, dag: &TestDag) {
        let json = dag.json();
        let hash = updraft_metadata_db::hash::md5_hex(&json);
        let now = DbTimestamp(self.clock.now());
        let mut tx = self.db().begin().await.unwrap();
        tx.query(
            "INSERT INTO dag (
                 dag_id, is_paused, is_active, has_import_errors, fileloc, max_active_tasks,
                 max_active_runs, max_consecutive_failed_dag_runs, has_task_concurrency_limits)
             VALUES ($1, $2, TRUE, FALSE, $3, 16, 16, 0, FALSE)
             ON CONFLICT (dag_id) DO NOTHING",
        )
        .bind(dag.dag_id.clone())
        .bind(dag.is_paused)
        .bind(format!("/dags/{}.py", dag.dag_id))
        .execute()
        .await
        .unwrap();
        tx.query("DELETE FROM serialized_dag WHERE dag_id = $1")
            .bind(dag.dag_id.clone())
            .execute()
            .await
            .unwrap();
        tx.query(
            "INSERT INTO serialized_dag (
                 dag_id, fileloc, fileloc_hash, data, data_compressed, last_updated, dag_hash)
             VALUES ($1, $2, 1, $3, $4, $5, $6)",
        )
        .bind(dag.dag_id.clone())
        .bind(format!("/dags/{}.py", dag.dag_id))
        .bind((!dag.is_compressed).then_some(updraft_metadata_db::JsonText(json.clone())))
        .bind(dag.is_compressed.then(|| deflated(&json)))
        .bind(now)
        .bind(hash)
        .execute()
        .await
        .unwrap();
        tx.commit().await.unwrap();
        if self.running.is_some() {
            self.tell(Input::DagsChanged {
                dag_ids: Some(vec![dag.dag_id.as_str().into()]),
            });
        }
    }

    /// Sets when the DAG's next run is due, as the processor does after parsing.
    pub(crate) async fn set_next_dagrun(&self, dag_id: &str, date: &str, end: &str) {
        let at = |text: &str| DbTimestamp(text.parse::<UtcDateTime>().unwrap());
        self.execute(
            "UPDATE dag
             SET next_dagrun = $2, next_dagrun_data_interval_start = $2,
                 next_dagrun_data_interval_end = $3, next_dagrun_create_after = $3
             WHERE dag_id = $1",
            |query| query.bind(dag_id.to_owned()).bind(at(date)).bind(at(end)),
        )
        .await;
        if self.running.is_some() {
            self.tell(Input::DagsChanged {
                dag_ids: Some(vec![dag_id.into()]),
            });
        }
    }

    /// A manual run, as `airflow dags trigger` leaves it: queued, without task instances.
    pub(crate) async fn trigger(&self, dag_id: &str, run_id: &str) {
        self.clock.advance(Duration::from_micros(1));
        let now = DbTimestamp(self.clock.now());
        self.execute(
            "INSERT INTO dag_run (
                 dag_id, run_id, run_type, state, queued_at, execution_date, data_interval_start,
                 data_interval_end, external_trigger, conf, clear_number, updated_at)
             VALUES ($1, $2, 'manual', 'queued', $3, $3, $3, $3, TRUE, NULL, 0, $3)",
            |query| {
                query
                    .bind(dag_id.to_owned())
                    .bind(run_id.to_owned())
                    .bind(now)
            },
        )
        .await;
        if self.running.is_some() {
            self.tell(Input::DatabaseChanged);
            self.advance(1);
        }
    }

    /// A finished run of which a task instance is queued, by somebody else.
    pub(crate) async fn trigger_silently(
        &self,
        dag_id: &str,
        run_id: &str,
        task_id: &str,
        pool: &str,
    ) {
        let now = DbTimestamp(self.clock.now());
        self.execute(
            "INSERT INTO dag_run (
                 dag_id, run_id, run_type, state, execution_date, clear_number)
             VALUES ($1, $2, 'manual', 'failed', $3, 0)",
            |query| {
                query
                    .bind(dag_id.to_owned())
                    .bind(run_id.to_owned())
                    .bind(now)
            },
        )
        .await;
        self.execute(
            "INSERT INTO task_instance (
                 dag_id, run_id, task_id, map_index, state, try_number, pool, pool_slots,
                 updated_at)
             VALUES ($1, $2, $3, -1, 'queued', 1, $4, 1, $5)",
            |query| {
                query
                    .bind(dag_id.to_owned())
                    .bind(run_id.to_owned())
                    .bind(task_id.to_owned())
                    .bind(pool.to_owned())
                    .bind(now)
            },
        )
        .await;
    }

    /// Runs one statement in a transaction of its own, as another component would.
    pub(crate) async fn execute(
        &self,
        sql: &'static str,
        bind: impl FnOnce(updraft_metadata_db::Query<'_>) -> updraft_metadata_db::Query<'_>,
    ) -> u64 {
        let mut tx = self.db().begin().await.unwrap();
        let changed = bind(tx.query(sql)).execute().await.unwrap();
        tx.commit().await.unwrap();
        changed
    }

    /// State and try number of every task instance of a run.
    pub(crate) async fn states(&self, run_id: &str) -> BTreeMap<String, (String, i32)> {
        let rows: Vec<(String, Option<String>, i32)> = self
            .db()
            .query(
                "SELECT task_id, state, try_number
                 FROM task_instance
                 WHERE run_id = $1
                 ORDER BY task_id",
            )
            .bind(run_id.to_owned())
            .fetch_all()
            .await
            .unwrap();
        rows.into_iter()
            .map(|(task_id, state, tries)| {
                (task_id, (state.unwrap_or_else(|| "none".to_owned()), tries))
            })
            .collect()
    }

    /// Asserts state and try number of every task instance of a run.
    pub(crate) async fn assert_states(&self, run_id: &str, expected: &[(&str, &str, i32)]) {
        let found = self.states(run_id).await;
        let found: Vec<(&str, &str, i32)> = found
            .iter()
            .map(|(task_id, (state, tries))| (task_id.as_str(), state.as_str(), *tries))
            .collect();
        assert_eq!(found, expected);
    }

    pub(crate) async fn scalar(&self, sql: &'static str) -> i64 {
        self.db().query(sql).fetch_scalar().await.unwrap()
    }
}

/// As `[core] compress_serialized_dags` stores it.
fn deflated(json: &str) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(json.as_bytes()).unwrap();
    encoder.finish().unwrap()
}
