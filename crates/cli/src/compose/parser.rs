//! A supervisor that parses DAG files and runs no tasks.

use std::{path::PathBuf, sync::Arc};

use updraft_config::PythonSdk;
use updraft_secrets::Backends;
use updraft_supervisor::{Host, Limits, LogOptions, SecretSources, SupervisorOptions};
use updraft_task_logs::LocalLogs;

use super::supervisor::on_worker_loss;
use crate::{context::Context, trial::Scratch};

pub(crate) fn parser_options(
    context: &Context,
    python: PathBuf,
    sdk: PythonSdk,
    scratch: &Scratch,
) -> anyhow::Result<SupervisorOptions> {
    // A backend that is written in Python is asked by stock Airflow's own code, where that is the SDK.
    let backends = context.secrets_backends().or_else(|error| {
        tracing::debug!("{error:#}");
        Backends::new("", "", Arc::new(context.environment.clone()))
    })?;
    Ok(SupervisorOptions {
        python,
        runtime_dir: runtime_dir(context, scratch),
        env: scratch.environment(),
        sdk: python_sdk(sdk),
        preload: vec!["updraft_runtime.loader_preload".to_owned()],
        secrets: SecretSources {
            backends,
            fernet: context.fernet()?,
            metastore: Some(scratch.db.clone()),
        },
        trigger: None,
        db: None,
        clock: context.clock.clone(),
        host: Host {
            hostname: String::new(),
            unixname: String::new(),
        },
        logs: LogOptions::new(LocalLogs::new(scratch.path("logs"))),
        limits: Limits::default(),
        on_worker_loss: on_worker_loss(&context.config),
    })
}

/// Below Airflow's home, which is not made for this.
pub(crate) fn runtime_dir(context: &Context, scratch: &Scratch) -> PathBuf {
    let home = &context.config.home.home;
    if home.is_dir() {
        home.join("updraft").join("runtime")
    } else {
        scratch.path("runtime")
    }
}

pub(super) fn python_sdk(sdk: PythonSdk) -> updraft_supervisor::PythonSdk {
    match sdk {
        PythonSdk::Auto => updraft_supervisor::PythonSdk::Auto,
        PythonSdk::Apache => updraft_supervisor::PythonSdk::Apache,
        PythonSdk::Bundled => updraft_supervisor::PythonSdk::Bundled,
    }
}
