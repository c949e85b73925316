//! `tasks test`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use updraft_core::{MapIndex, TaskInstanceKey, state::TaskInstanceState};
use updraft_metadata_db::cli_queries;
use updraft_supervisor::TaskRequest;

use crate::{
    compose,
    context::Context,
    failure::Failure,
    paint::Paint,
    trial::{
        Begun, Found, Session, SessionOptions, Wanted, add_others, begin, find, print_fields,
        render, require_task, run_task,
    },
};

/// Run one task, whatever it depends on, and show its log; no state is kept
///
/// The DAG is read from its file. The task runs as it always does, on a database that is made for this
/// and thrown away: it has copies of the Variables, Connections and pools, and no XComs of other tasks.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  updraft tasks test etl load 2024-01-31\n  updraft tasks test etl load -t '{\"n\": 3}'"
)]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// The task
    task_id: String,
    /// The logical date or the id of the run; by default now
    execution_date_or_run_id: Option<String>,
    /// File or folder to look for the DAG in; by default the DAG folder
    #[arg(short = 'S', long, value_name = "PATH")]
    subdir: Option<String>,
    /// Fill in the templates only, and show the fields
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Params of the task, a JSON object
    #[arg(short, long, value_name = "JSON")]
    task_params: Option<String>,
    /// Variables of the environment, a JSON object, for the import of the file and the task
    #[arg(long, value_name = "JSON")]
    env_vars: Option<String>,
    /// Which instance of a mapped task
    #[arg(long, default_value_t = -1, allow_negative_numbers = true)]
    map_index: i32,
    #[arg(short = 'm', long, hide = true)]
    post_mortem: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        if self.post_mortem {
            return Err(Failure::new("--post-mortem is not supported")
                .with_hint(
                    "a task runs in a process without a terminal; call its function from a test, or use \
                     `airflow tasks test`",
                )
                .into());
        }
        let params: Map<String, Json> = object("--task-params", self.task_params.as_deref())?;
        let environment: BTreeMap<String, String> = object("--env-vars", self.env_vars.as_deref())?;
        let name = self.execution_date_or_run_id.as_deref();
        let mut wanted = Wanted::named(context, &self.dag_id, name).await?;
        wanted.conf.extend(params);
        let mut options = SessionOptions::default();
        options
            .environment
            .push(("AIRFLOW_TEST_MODE".to_owned(), "True".to_owned()));
        options.environment.extend(environment);
        let mut session = Session::start(context, &options).await?;
        let found = find(context, &session, &self.dag_id, self.subdir.as_deref()).await?;
        add_others(context, &session, &self.dag_id, self.subdir.as_deref()).await?;
        let begun = begin(
            context,
            &session,
            (&self.dag_id, Some(&self.task_id)),
            wanted,
        )
        .await?;
        if self.dry_run {
            let task = (self.task_id.as_str(), self.map_index);
            let fields = render(context, &session, &found, &begun, task).await?;
            print_fields(context, &fields)?;
            Box::pin(session.end()).await;
            return Ok(());
        }
        let request = self.request(context, &session, &found, &begun).await?;
        let ended = Box::pin(run_task(&mut session, request, Paint::new())).await?;
        Box::pin(session.end()).await;
        match ended {
            Some(
                TaskInstanceState::Success
                | TaskInstanceState::Skipped
                | TaskInstanceState::UpForReschedule,
            ) => Ok(()),
            _ => Err(Failure::silent(1).into()),
        }
    }

    /// Queues the task instance, and says what is to be run.
    async fn request(
        &self,
        context: &Context,
        session: &Session,
        found: &Found,
        begun: &Begun,
    ) -> anyhow::Result<TaskRequest> {
        let db = &session.scratch.db;
        let task = require_task(&begun.dag, &self.task_id)?;
        let key = TaskInstanceKey {
            dag_id: begun.run.dag_id.clone(),
            task_id: self.task_id.as_str().into(),
            run_id: begun.run.run_id.clone(),
            map_index: MapIndex(self.map_index),
        };
        let row = cli_queries::runnable(db, &key).await?.ok_or_else(|| {
            Failure::new(format!("the run has no instance of {}", self.task_id))
                .with_hint("mapped tasks get their instances in a run: `dags test` runs the DAG")
        })?;
        let mut tx = db.begin().await?;
        let queued = cli_queries::queue_to_run(&mut tx, &key, &row, None, context.now()).await?;
        tx.commit().await?;
        Ok(TaskRequest {
            key,
            try_number: queued.map_or(1, |queued| queued.try_number),
            path: row
                .fileloc
                .unwrap_or_else(|| found.file.display().to_string()),
            dags_folder: found.folder.display().to_string(),
            run_as_user: compose::serialized_dag_defaults(&context.config).run_as_user(Some(task)),
            mark_success: false,
            external_executor_id: None,
            owner: Some(task.owner.clone()),
            retries: Some(task.retry.retries),
        })
    }
}

fn object<T: serde::de::DeserializeOwned + Default>(
    option: &str,
    text: Option<&str>,
) -> Result<T, Failure> {
    let Some(text) = text else {
        return Ok(T::default());
    };
    serde_json::from_str(text).map_err(|error| {
        Failure::new(format!("{option} {text:?} cannot be used: {error}")).with_hint(format!(
            "write a JSON object: {option} '{{\"NAME\": \"VALUE\"}}'"
        ))
    })
}
