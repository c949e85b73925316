//! The first message to a task's process.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use nix::unistd::Pid;
use serde_json::{Value, json};
use updraft_core::TaskInstanceKey;
use updraft_metadata_db::supervision::Claimed;

/// What a task or callback child needs to know about its DAG file.
pub(crate) struct DagFile<'a> {
    pub(crate) path: &'a str,
    pub(crate) dags_folder: &'a str,
}

/// `run_task`, or with another type a message with the same fields. The blob is `dag_run.conf`.
pub(crate) fn run_task_message(
    kind: &str,
    key: &TaskInstanceKey,
    claimed: &Claimed,
    file: &DagFile<'_>,
    mark_success: bool,
    pid: Pid,
) -> Value {
    let mut task_instance = json!(claimed.task_instance);
    task_instance["executor_config"] = claimed
        .task_instance
        .executor_config
        .as_ref()
        .map(|pickle| STANDARD.encode(pickle))
        .into();
    json!({
        "type": kind,
        "dag_id": key.dag_id,
        "task_id": key.task_id,
        "run_id": key.run_id,
        "map_index": key.map_index,
        "try_number": claimed.task_instance.try_number,
        "max_tries": claimed.task_instance.max_tries,
        "path": file.path,
        "dags_folder": file.dags_folder,
        "mark_success": mark_success,
        "job_id": claimed.job_id,
        "hostname": claimed.task_instance.hostname,
        "pid": pid.as_raw(),
        "task_instance": task_instance,
        "dag_run": claimed.dag_run,
        "execution_timeout_left": null,
    })
}
