//! `tasks run`.

use std::path::Path;

use updraft_core::{MapIndex, RunId, TaskInstanceKey, UtcDateTime, dag::Dag};
use updraft_metadata_db::{
    Db,
    cli_queries::{self, RunRow, RunnableRow},
};
use updraft_supervisor::TaskRequest;

use super::{
    dependencies::{Delay, Past, unmet},
    find_run::find_run,
    run_options::{DependsOnPast, Stock},
    supervise::supervise,
};
use crate::{compose, context::Context, failure::Failure, stored_dag::load};

/// Run one task instance here and wait for its end
///
/// The run must be there already. The task instance must be queued, or wait to be, and its upstream
/// tasks and earlier runs must allow it. Room in pools and under limits is not looked at.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  updraft tasks run etl load manual__2024-01-31T00:00:00+00:00\n  \
                  updraft tasks run etl load 2024-01-31 --ignore-dependencies --force"
)]
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
    /// As --force and --ignore-dependencies together
    #[arg(short = 'A', long)]
    ignore_all_dependencies: bool,
    /// Do not look at upstream tasks, earlier runs and the delay before a retry
    #[arg(short, long)]
    ignore_dependencies: bool,
    /// What to do about the same task in the run before: `wait` only looks, as `check` does
    #[arg(short, long, value_name = "HOW", default_value = "check")]
    depends_on_past: DependsOnPast,
    /// Deprecated: as --depends-on-past ignore
    #[arg(short = 'I', long)]
    ignore_depends_on_past: bool,
    #[command(flatten)]
    stock: Stock,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        self.stock.check(self.is_told_to_ignore())?;
        let db = context.database_with_own_tables().await?;
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
        let dag = load(context, &db, &self.dag_id).await?;
        if let Some(reason) = self.unmet(context, &db, &dag, &run, &key, &row).await? {
            tracing::warn!("Task is not able to be run: {reason}");
            return Ok(());
        }
        let Some((try_number, job_id)) = self.queue(context, &db, &key, &row).await? else {
            tracing::warn!("Task is not able to be run: somebody else is about to run it");
            return Ok(());
        };
        let request = self.request(context, &dag, key, &row, try_number);
        let ended = supervise(context, db.clone(), request).await;
        if let Some(job_id) = job_id {
            let mut tx = db.begin().await?;
            cli_queries::end_job(&mut tx, job_id, context.now()).await?;
            tx.commit().await?;
        }
        ended
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

    fn is_told_to_ignore(&self) -> bool {
        self.force
            || self.ignore_all_dependencies
            || self.ignore_dependencies
            || self.ignore_depends_on_past
    }

    /// Which dependency forbids the task to start, unless the options say not to look.
    async fn unmet(
        &self,
        context: &Context,
        db: &Db,
        dag: &Dag,
        run: &RunRow,
        key: &TaskInstanceKey,
        row: &RunnableRow,
    ) -> anyhow::Result<Option<&'static str>> {
        if self.ignore_dependencies || self.ignore_all_dependencies {
            return Ok(None);
        }
        let ignores_past =
            self.ignore_depends_on_past || self.depends_on_past == DependsOnPast::Ignore;
        let past = if ignores_past {
            Past::Ignore
        } else {
            Past::Check
        };
        unmet(
            db,
            dag,
            run,
            (key, row.dag_run_id),
            (past, Delay::Check),
            context.now(),
        )
        .await
    }

    /// The number of the try, and the row of `job` that owns it, unless it was queued already.
    async fn queue(
        &self,
        context: &Context,
        db: &Db,
        key: &TaskInstanceKey,
        row: &RunnableRow,
    ) -> anyhow::Result<Option<(i32, Option<i32>)>> {
        if row.state.as_deref() == Some("queued") {
            return Ok(Some((row.try_number, None)));
        }
        let mut tx = db.begin().await?;
        let pool = self.pool.as_deref();
        let queued = cli_queries::queue_to_run(&mut tx, key, row, pool, context.now()).await?;
        tx.commit().await?;
        Ok(queued.map(|queued| (queued.try_number, Some(queued.job_id))))
    }

    fn request(
        &self,
        context: &Context,
        dag: &Dag,
        key: TaskInstanceKey,
        row: &RunnableRow,
        try_number: i32,
    ) -> TaskRequest {
        let task = dag
            .tasks
            .index_of(key.task_id.as_str())
            .map(|index| dag.tasks.task(index));
        let dags_folder = context.config.core.dags_folder.display().to_string();
        let fileloc = row.fileloc.clone().unwrap_or_default();
        TaskRequest {
            key,
            try_number,
            path: self.file(&dags_folder).unwrap_or(fileloc),
            dags_folder,
            run_as_user: compose::serialized_dag_defaults(&context.config).run_as_user(task),
            mark_success: self.mark_success,
            external_executor_id: None,
            owner: task.map(|task| task.owner.clone()),
            retries: task.map(|task| task.retry.retries),
        }
    }

    /// The file that `--subdir` names; a folder would leave open which file it is.
    fn file(&self, dags_folder: &str) -> Option<String> {
        let subdir = self.subdir.as_ref()?;
        let path = subdir.replacen("DAGS_FOLDER", dags_folder, 1);
        Path::new(&path).is_file().then_some(path)
    }
}
