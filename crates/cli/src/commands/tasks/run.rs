//! `tasks run`.

use std::path::Path;

use anyhow::Context as _;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};
use updraft_core::{MapIndex, RunId, TaskInstanceKey, UtcDateTime};
use updraft_metadata_db::{
    Db,
    cli_queries::{self, RunnableRow},
};
use updraft_supervisor::{Command, Event, NotClaimed, Supervisor, SupervisorHandle, TaskRequest};

use super::find_run::find_run;
use crate::{commands::dags::load::load, compose, context::Context, failure::Failure};

/// Run one task instance here and wait for its end
///
/// The run must be there already. The task instance must be queued, or wait to be; what its
/// upstream tasks did does not matter.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft tasks run etl load manual__2024-01-31T00:00:00+00:00")]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// The task
    task_id: String,
    /// The logical date or the id of the run
    execution_date_or_run_id: String,
    /// The DAG file; by default where the DAG was found last
    #[arg(short = 'S', long, value_name = "PATH")]
    subdir: Option<String>,
    /// Which instance of a mapped task
    #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
    map_index: i32,
    /// End the task instance as a success without running it
    #[arg(short, long)]
    mark_success: bool,
    /// Pool to be used instead of the task's own
    #[arg(long)]
    pool: Option<String>,
    /// Run it whatever its state is, except while it is running
    #[arg(short, long)]
    force: bool,
    /// As --force
    #[arg(short = 'A', long)]
    ignore_all_dependencies: bool,
    #[command(flatten)]
    accepted: Accepted,
}

/// Options of stock's executors that change nothing here: a supervised child is what every try gets,
/// and upstream tasks are not looked at in any case.
#[derive(Debug, clap::Args)]
struct Accepted {
    #[arg(short, long, hide = true)]
    local: bool,
    #[arg(short, long, hide = true)]
    ignore_dependencies: bool,
    #[arg(short = 'I', long, hide = true)]
    ignore_depends_on_past: bool,
    #[arg(long, hide = true)]
    depends_on_past: Option<String>,
    #[arg(short = 'B', long, hide = true)]
    read_from_db: bool,
    #[arg(long, hide = true)]
    no_shut_down_logging: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let run = find_run(context, &db, &self.dag_id, &self.execution_date_or_run_id).await?;
        let key = TaskInstanceKey {
            dag_id: self.dag_id.as_str().into(),
            task_id: self.task_id.as_str().into(),
            run_id: RunId::from(run.run_id.as_str()),
            map_index: MapIndex(self.map_index),
        };
        let found = cli_queries::runnable(&db, &key).await?;
        let row =
            found.ok_or_else(|| Failure::new(format!("there is no task instance {key:?}")))?;
        if let Some(reason) = self.refusal(&row, context.now()) {
            tracing::warn!("Task is not able to be run: {reason}");
            return Ok(());
        }
        let Some(try_number) = self.queue(context, &db, &key, &row).await? else {
            tracing::warn!("Task is not able to be run: somebody else is about to run it");
            return Ok(());
        };
        let request = self.request(context, &db, key, &row, try_number).await?;
        supervise(context, db, request).await
    }

    /// Why the task instance cannot be run: stock's rules that hold for a running process.
    fn refusal(&self, row: &RunnableRow, now: UtcDateTime) -> Option<String> {
        let state = row.state.as_deref().unwrap_or("none");
        if UtcDateTime::from(row.execution_date) > now {
            return Some(format!(
                "its logical date {} is in the future",
                row.execution_date.isoformat()
            ));
        }
        let waits = ["none", "queued", "up_for_retry", "up_for_reschedule"].contains(&state);
        let is_forced = self.force || self.ignore_all_dependencies;
        let may_run = state != "running" && (waits || is_forced);
        (!may_run).then(|| format!("its state is {state}"))
    }

    async fn queue(
        &self,
        context: &Context,
        db: &Db,
        key: &TaskInstanceKey,
        row: &RunnableRow,
    ) -> anyhow::Result<Option<i32>> {
        if row.state.as_deref() == Some("queued") {
            return Ok(Some(row.try_number));
        }
        let mut tx = db.begin().await?;
        let pool = self.pool.as_deref();
        let queued = cli_queries::queue_to_run(&mut tx, key, row, pool, context.now()).await?;
        tx.commit().await?;
        Ok(queued)
    }

    async fn request(
        &self,
        context: &Context,
        db: &Db,
        key: TaskInstanceKey,
        row: &RunnableRow,
        try_number: i32,
    ) -> anyhow::Result<TaskRequest> {
        let dag = load(context, db, &self.dag_id).await?;
        let task = dag
            .tasks
            .index_of(key.task_id.as_str())
            .map(|index| dag.tasks.task(index));
        let dags_folder = context.config.core.dags_folder.display().to_string();
        let fileloc = row.fileloc.clone().unwrap_or_default();
        Ok(TaskRequest {
            key,
            try_number,
            path: self.file(&dags_folder).unwrap_or(fileloc),
            dags_folder,
            run_as_user: task.map_or_else(
                || compose::default_run_as_user(&context.config),
                |task| task.run_as_user.clone(),
            ),
            mark_success: self.mark_success,
            external_executor_id: None,
            owner: task.map(|task| task.owner.clone()),
            retries: task.map(|task| task.retry.retries),
        })
    }

    /// The file that `--subdir` names; a folder would leave open which file it is.
    fn file(&self, dags_folder: &str) -> Option<String> {
        let subdir = self.subdir.as_ref()?;
        let path = subdir.replacen("DAGS_FOLDER", dags_folder, 1);
        Path::new(&path).is_file().then_some(path)
    }
}

/// Runs the task in a child of this process; SIGTERM and Ctrl-C end it.
async fn supervise(context: &Context, db: Db, request: TaskRequest) -> anyhow::Result<()> {
    let config = &context.config;
    let program = std::env::current_exe().ok();
    let python = compose::interpreter(config, &context.environment, program.as_deref())?;
    let host = compose::Host::ask(&python, &config.core.hostname_callable).await?;
    let options =
        compose::supervisor_options(config, python, &host, Some(db), context.clock.clone());
    let (handle, events) = Supervisor::start(options)
        .await
        .context("the supervisor of tasks does not start")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let commands = handle.commands.clone();
    commands.send(Command::RunTask(Box::new(request))).await?;
    let mut ending = tokio::spawn(follow(handle, events));
    let code = tokio::select! {
        ended = &mut ending => return ended?,
        _ = terminate.recv() => 128 + 15,
        _ = tokio::signal::ctrl_c() => 128 + 2,
    };
    // The supervisor may have gone already.
    let _ = commands.send(Command::Kill).await;
    drop(commands);
    ending.await??;
    Err(Failure::silent(code).into())
}

/// Waits for the end of the task and of the supervisor. Stock succeeds whatever became of the task.
async fn follow(
    handle: SupervisorHandle,
    mut events: mpsc::UnboundedReceiver<Event>,
) -> anyhow::Result<()> {
    let mut failure = None;
    while let Some(event) = events.recv().await {
        match event {
            Event::TaskFinished(task) => {
                let state = task.state.map(|state| state.to_string());
                tracing::info!(
                    "Task ended as {}",
                    state.as_deref().unwrap_or("somebody else decided")
                );
                let _ = handle.commands.send(Command::Drain).await;
            }
            Event::TaskNotClaimed { reason, .. } => {
                match reason {
                    NotClaimed::NotQueued | NotClaimed::Draining => {
                        tracing::warn!("Task is not able to be run: it is not queued any more");
                    }
                    NotClaimed::Unable(reason) => failure = Some(Failure::new(reason)),
                }
                let _ = handle.commands.send(Command::Drain).await;
            }
            Event::Stopped => break,
            _ => {}
        }
    }
    match failure {
        Some(failure) => Err(failure.into()),
        None => Ok(()),
    }
}
