//! A timetable that is Python code, asked for the data interval of a manual run.

use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::json;
use updraft_config::Core;
use updraft_core::{UtcDateTime, timetable::DataInterval};
use updraft_supervisor::{Command, ParseEnding, ParseRequest, Supervisor, SupervisorHandle};

use crate::{compose, context::Context, failure::Failure, trial::Scratch};

/// Of which DAG, and for when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub dag_id: &'a str,
    /// Where the DAG is defined.
    pub file: &'a str,
    pub logical_date: UtcDateTime,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Message {
    ManualInterval {
        start: UtcDateTime,
        end: UtcDateTime,
    },
    ImportError {
        stacktrace: String,
    },
    #[serde(other)]
    Other,
}

/// Asks with a supervisor that runs no tasks, which ends with the answer.
pub(crate) async fn ask_alone(context: &Context, asked: Asked<'_>) -> anyhow::Result<DataInterval> {
    let sdk = context.config.updraft.python_sdk;
    let python = compose::python(context, sdk).await?;
    let scratch = Scratch::new(context).await?;
    let options = compose::parser_options(context, python, sdk, &scratch)?;
    let (handle, mut events) = Supervisor::start(options)
        .await
        .context("Python does not start")?;
    let answer = ask(&context.config.core, &handle, asked).await;
    // The supervisor may have gone by itself.
    let _ = handle.commands.send(Command::Kill).await;
    drop(handle);
    while events.recv().await.is_some() {}
    answer
}

/// In a child that imports the DAG file.
pub(crate) async fn ask(
    core: &Core,
    supervisor: &SupervisorHandle,
    asked: Asked<'_>,
) -> anyhow::Result<DataInterval> {
    let timeout = core.dag_file_processor_timeout;
    let folder = Path::new(asked.file).parent().unwrap_or(Path::new("/"));
    let folder = if Path::new(asked.file).starts_with(&core.dags_folder) {
        core.dags_folder.as_path()
    } else {
        folder
    };
    let request = json!({
        "path": asked.file,
        "dags_folder": folder,
        "safe_mode": false,
        "import_timeout": core.dagbag_import_timeout.unwrap_or(timeout).as_secs_f64(),
        "processor_timeout": timeout.as_secs_f64(),
        "request": {"manual_interval": {
            "dag_id": asked.dag_id,
            "logical_date": asked.logical_date.isoformat(),
        }},
    });
    let request: ParseRequest = serde_json::from_value(request)?;
    let report = supervisor.parse(request).await;
    let why = match report.ending {
        ParseEnding::Parsed => None,
        ParseEnding::NotStarted { error } => Some(format!("Python does not start: {error}")),
        ParseEnding::TimedOut => Some("it did not answer in time".to_owned()),
        ParseEnding::Died { exit } => Some(format!("the process ended: {exit}")),
    };
    let mut refusal = why.unwrap_or_else(|| "it did not answer".to_owned());
    for message in report.messages {
        match serde_json::from_str(&message.envelope)? {
            Message::ManualInterval { start, end } => return Ok(DataInterval { start, end }),
            Message::ImportError { stacktrace } => stacktrace.trim_end().clone_into(&mut refusal),
            Message::Other => {}
        }
    }
    let message = format!(
        "the timetable of DAG {} gives no data interval for {}: {refusal}",
        asked.dag_id, asked.logical_date
    );
    Err(Failure::new(message).into())
}
