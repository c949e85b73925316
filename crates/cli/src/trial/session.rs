//! A supervisor on a scratch database.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use serde_json::json;
use tokio::sync::mpsc;
use updraft_secrets::Backends;
use updraft_supervisor::{Command, Event, Supervisor, SupervisorHandle, SupervisorOptions};

use super::Scratch;
use crate::{compose, context::Context, failure::Failure};

/// Between SIGTERM and SIGKILL at most: somebody waits at the terminal.
const CLEANUP: Duration = Duration::from_secs(5);

/// Airflow's backend for files, by its own name.
const LOCAL_FILES: &str = "airflow.secrets.local_filesystem.LocalFilesystemBackend";

#[derive(Debug, Default)]
pub(crate) struct SessionOptions {
    /// Looked into before anything else, as are `variables_file`'s.
    pub connections_file: Option<PathBuf>,
    pub variables_file: Option<PathBuf>,
    /// For the processes that parse and run.
    pub environment: Vec<(String, String)>,
}

pub(crate) struct Session {
    pub scratch: Scratch,
    pub python: PathBuf,
    pub host: compose::Host,
    pub handle: SupervisorHandle,
    pub events: mpsc::UnboundedReceiver<Event>,
}

impl Session {
    pub(crate) async fn start(context: &Context, options: &SessionOptions) -> anyhow::Result<Self> {
        let (python, host) = compose::python_and_host(context).await?;
        let scratch = Scratch::new(context).await?;
        let mut supervisor =
            compose::supervisor_options(context, python.clone(), &host, scratch.db.clone())?;
        supervisor.runtime_dir = compose::runtime_dir(context, &scratch);
        supervisor.env.extend(scratch.environment());
        supervisor.env.extend(
            options
                .environment
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value))),
        );
        supervisor.logs.local.base_log_folder = scratch.path("logs");
        let cleanup = &mut supervisor.limits.killed_task_cleanup_time;
        *cleanup = (*cleanup).min(CLEANUP);
        take_files(context, options, &mut supervisor)?;
        let (handle, events) = Supervisor::start(supervisor)
            .await
            .context("the supervisor of tasks does not start")?;
        Ok(Self {
            scratch,
            python,
            host,
            handle,
            events,
        })
    }

    /// Waits for the last process.
    pub(crate) async fn end(mut self) {
        // The supervisor may have gone by itself.
        let _ = self.handle.commands.send(Command::Drain).await;
        drop(self.handle);
        while self.events.recv().await.is_some() {}
        self.scratch.db.close().await;
    }
}

/// Airflow has one backend beside the environment and the database, so the files take the place of a
/// configured one.
fn take_files(
    context: &Context,
    options: &SessionOptions,
    supervisor: &mut SupervisorOptions,
) -> anyhow::Result<()> {
    if options.connections_file.is_none() && options.variables_file.is_none() {
        return Ok(());
    }
    if !context.config.secrets.backend.is_empty() {
        tracing::warn!("the files take the place of [secrets] backend");
    }
    let path = |file: &Option<PathBuf>| file.as_deref().map(readable).transpose();
    let kwargs = json!({
        "connections_file_path": path(&options.connections_file)?,
        "variables_file_path": path(&options.variables_file)?,
    })
    .to_string();
    let environment = Arc::new(context.environment.clone());
    supervisor.secrets.backends = Backends::new(LOCAL_FILES, &kwargs, environment)?;
    supervisor.env.extend([
        ("AIRFLOW__SECRETS__BACKEND".into(), LOCAL_FILES.into()),
        ("AIRFLOW__SECRETS__BACKEND_KWARGS".into(), kwargs.into()),
    ]);
    Ok(())
}

fn readable(file: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(file);
    absolute
        .and_then(|path| path.metadata().map(|_| path))
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", file.display())))
}
