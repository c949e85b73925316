//! The template fields of a task, rendered in a parse child (docs/child-protocol.md).

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::json;
use updraft_supervisor::{ParseEnding, ParseRequest};

use super::{Begun, Found, Session};
use crate::{context::Context, failure::Failure};

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Message {
    Rendered {
        field: String,
    },
    ImportError {
        stacktrace: String,
    },
    #[serde(other)]
    Other,
}

/// The fields in their order, each with the text of its value.
pub(crate) async fn render(
    context: &Context,
    session: &Session,
    found: &Found,
    begun: &Begun,
    (task_id, map_index): (&str, i32),
) -> anyhow::Result<Vec<(String, String)>> {
    let core = &context.config.core;
    let timeout = core.dag_file_processor_timeout;
    let request = ParseRequest {
        id: 0,
        path: found.file.display().to_string(),
        dags_folder: found.folder.display().to_string(),
        safe_mode: false,
        import_timeout: core.dagbag_import_timeout.unwrap_or(timeout).as_secs_f64(),
        processor_timeout: timeout.as_secs_f64(),
        shared: false,
        request: json!({"render": message(begun, task_id, map_index)}),
    };
    let report = session.handle.parse(request).await;
    match report.ending {
        ParseEnding::Parsed => {}
        ParseEnding::NotStarted { error } => anyhow::bail!("Python does not start: {error}"),
        ParseEnding::TimedOut => anyhow::bail!("the task was not rendered in time"),
        ParseEnding::Died { exit } => {
            anyhow::bail!("the process ended: {exit}\n{}", report.printed.trim_end())
        }
    }
    let mut fields = Vec::new();
    for message in report.messages {
        let read = serde_json::from_str(&message.envelope);
        match read.context("cannot understand a message of the child")? {
            Message::Rendered { field } => {
                fields.push((field, String::from_utf8_lossy(&message.blob).into_owned()));
            }
            Message::ImportError { stacktrace } => {
                let message = format!("{task_id} cannot be rendered:\n{}", stacktrace.trim_end());
                return Err(Failure::new(message).into());
            }
            Message::Other => {}
        }
    }
    Ok(fields)
}

/// In the form of `run_task`.
fn message(begun: &Begun, task_id: &str, map_index: i32) -> serde_json::Value {
    let date = begun.execution_date.isoformat();
    let (dag_id, run_id) = (begun.run.dag_id.as_str(), begun.run.run_id.as_str());
    json!({
        "dag_id": dag_id,
        "task_id": task_id,
        "run_id": run_id,
        "map_index": map_index,
        "try_number": 1,
        "max_tries": 0,
        "conf": begun.conf,
        "task_instance": {
            "dag_id": dag_id,
            "task_id": task_id,
            "run_id": run_id,
            "map_index": map_index,
            "try_number": 1,
            "max_tries": 0,
            "state": null,
            "start_date": date,
            "hostname": "",
            "unixname": "",
            "pool": "default_pool",
            "pool_slots": 1,
            "queue": "default",
            "priority_weight": 1,
        },
        "dag_run": {
            "id": 0,
            "dag_id": dag_id,
            "run_id": run_id,
            "state": "running",
            "run_type": "manual",
            "external_trigger": true,
            "execution_date": date,
            "start_date": date,
            "queued_at": date,
            "data_interval_start": begun.data_interval.start.isoformat(),
            "data_interval_end": begun.data_interval.end.isoformat(),
        },
    })
}

/// A block a field, as Airflow prints them.
pub(crate) fn print_fields(context: &Context, fields: &[(String, String)]) -> anyhow::Result<()> {
    const RULE: &str = "# ----------------------------------------------------------";
    for (field, text) in fields {
        context.print(&format!("{RULE}\n# property: {field}\n{RULE}\n{text}\n"))?;
    }
    Ok(())
}
