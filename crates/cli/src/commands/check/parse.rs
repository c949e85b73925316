//! Has the files parsed, several at a time.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use tokio::{sync::mpsc, task::JoinSet};
use updraft_config::PythonSdk;
use updraft_serialized_dag::Defaults;
use updraft_supervisor::{
    Command, Event, ParseEnding, ParseReport, ParseRequest, Supervisor, SupervisorHandle,
};

use super::{
    files::DagFile,
    problem::{FoundDag, Problem, read},
};
use crate::{compose, context::Context, failure::Failure, progress::Progress, trial::Scratch};

/// What is known of all files.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub files: usize,
    pub dags: Vec<FoundDag>,
    pub problems: Vec<Problem>,
}

/// A supervisor that runs no tasks.
pub(super) struct Parses {
    handle: SupervisorHandle,
    events: mpsc::UnboundedReceiver<Event>,
    defaults: Defaults,
    import_timeout: Duration,
    file_timeout: Duration,
    safe_mode: bool,
    /// Its files go when it does.
    _scratch: Scratch,
}

impl Parses {
    pub(super) async fn start(context: &Context, sdk: PythonSdk) -> anyhow::Result<Self> {
        let core = &context.config.core;
        let python = compose::python(context, sdk).await?;
        let scratch = Scratch::new(context).await?;
        let options = compose::parser_options(context, python, sdk, &scratch)?;
        let (handle, events) = Supervisor::start(options)
            .await
            .context("Python does not start")?;
        Ok(Self {
            handle,
            events,
            defaults: compose::serialized_dag_defaults(&context.config),
            import_timeout: core
                .dagbag_import_timeout
                .unwrap_or(core.dag_file_processor_timeout),
            file_timeout: core.dag_file_processor_timeout,
            safe_mode: core.dag_discovery_safe_mode,
            _scratch: scratch,
        })
    }

    pub(super) async fn all(mut self, files: Vec<DagFile>) -> anyhow::Result<Checked> {
        let progress = Progress::new();
        progress.expect(files.len());
        let checked = self.parse(files, &progress).await;
        progress.end();
        // The supervisor may have gone by itself.
        let _ = self.handle.commands.send(Command::Kill).await;
        drop(self.handle);
        while self.events.recv().await.is_some() {}
        checked
    }

    async fn parse(&self, files: Vec<DagFile>, progress: &Progress) -> anyhow::Result<Checked> {
        let at_once = std::thread::available_parallelism().map_or(2, usize::from);
        let mut checked = Checked {
            files: files.len(),
            ..Checked::default()
        };
        let mut waiting = files.into_iter();
        let mut parses: JoinSet<(PathBuf, ParseReport)> = JoinSet::new();
        loop {
            while parses.len() < at_once
                && let Some(file) = waiting.next()
            {
                let (handle, request) = (self.handle.clone(), self.request(&file)?);
                parses.spawn(async move { (file.path, handle.parse(request).await) });
            }
            let Some(done) = parses.join_next().await else {
                return Ok(checked);
            };
            let (path, report) = done?;
            progress.done(&path);
            self.take(&path, report, &mut checked)?;
        }
    }

    fn request(&self, file: &DagFile) -> anyhow::Result<ParseRequest> {
        let text = |path: &Path| {
            let text = path.to_str().map(str::to_owned);
            text.with_context(|| format!("{} is not UTF-8", path.display()))
        };
        Ok(ParseRequest {
            id: 0,
            path: text(&file.path)?,
            dags_folder: text(&file.folder)?,
            safe_mode: self.safe_mode,
            import_timeout: self.import_timeout.as_secs_f64(),
            processor_timeout: self.file_timeout.as_secs_f64(),
            shared: false,
            request: serde_json::json!({"check": true}),
        })
    }

    fn take(&self, path: &Path, report: ParseReport, checked: &mut Checked) -> anyhow::Result<()> {
        let (kind, message, hint) = match report.ending {
            ParseEnding::Parsed => {
                for message in &report.messages {
                    read(path, message, &self.defaults, checked)?;
                }
                return Ok(());
            }
            ParseEnding::NotStarted { error } => {
                return Err(Failure::new(format!("Python does not start: {error}"))
                    .with_hint("[updraft] python names the interpreter, `--python-sdk` the API")
                    .into());
            }
            ParseEnding::TimedOut => (
                "slow_import",
                format!(
                    "the file was not parsed within {} seconds",
                    self.file_timeout.as_secs_f64()
                ),
                "move what takes long into tasks; [core] dag_file_processor_timeout is the limit",
            ),
            ParseEnding::Died { exit } => (
                "process_ended",
                format!("the process that imported the file ended before the import did: {exit}"),
                "a DAG file must not end the process that imports it",
            ),
        };
        let printed = report.printed.trim_end();
        let message = if printed.is_empty() {
            message
        } else {
            format!("{message}\nThe last it printed:\n{printed}")
        };
        checked
            .problems
            .push(Problem::of_file(kind, path, message, hint));
        Ok(())
    }
}
