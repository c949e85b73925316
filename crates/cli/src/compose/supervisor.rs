//! Options of the supervisor.

use std::{borrow::Cow, ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use updraft_config::{Config, Core, OnWorkerLoss, Scheduler};
use updraft_metadata_db::Db;
use updraft_secrets::{BackendError, Backends, Fernet, Masker};
use updraft_supervisor::{
    Limits, LogOptions, SecretSources, SupervisorHandle, SupervisorOptions, Trigger,
    TriggerRequest, Triggered, Unanswered, WarmLimits,
};
use updraft_task_logs::LocalLogs;

use super::{Host, parser::python_sdk};
use crate::{
    context::Context,
    environment::HOME,
    manual_run::{Asked, Created, ManualRuns, NewRun, ask},
};

pub(crate) fn supervisor_options(
    context: &Context,
    python: PathBuf,
    host: &Host,
    db: Db,
) -> anyhow::Result<SupervisorOptions> {
    let config = &context.config;
    Ok(SupervisorOptions {
        python,
        runtime_dir: config.home.home.join("updraft").join("runtime"),
        env: environment_of_children(context),
        sdk: python_sdk(config.updraft.python_sdk),
        preload: vec!["updraft_runtime.loader_preload".to_owned()],
        secrets: secret_sources(context, db.clone())?,
        trigger: Some(trigger(context, db.clone())),
        db: Some(db),
        clock: context.clock.clone(),
        host: updraft_supervisor::Host {
            hostname: host.hostname.clone(),
            unixname: host.unixname.clone(),
        },
        logs: log_options(config),
        limits: limits(config),
        on_worker_loss: on_worker_loss(config),
    })
}

fn environment_of_children(context: &Context) -> Vec<(OsString, OsString)> {
    // Airflow refuses local tasks at a time on SQLite, which Updraft does well; its own tests ask for an
    // exception by this variable.
    let skip = "_AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK";
    // The home may have been completed here.
    let home = context.environment.get(HOME);
    let home = home.map(|home| (HOME.into(), home.into()));
    let skip = (skip.into(), "1".into());
    home.into_iter().chain([skip]).collect()
}

/// What a task of the bundled API starts; with stock Airflow as the SDK it writes the rows by itself.
fn trigger(context: &Context, db: Db) -> Trigger {
    let runs = ManualRuns::new(context, db);
    let core = Arc::new(context.config.core.clone());
    Trigger::new(move |request: TriggerRequest, supervisor| {
        let (runs, core) = (runs.clone(), Arc::clone(&core));
        async move {
            let new = NewRun {
                dag_id: request.dag_id,
                run_id: request.run_id.into(),
                execution_date: request.logical_date,
                instances_of: request.logical_date,
                conf: request.conf,
            };
            let reset = request.reset_dag_run;
            match create(&runs, &core, supervisor, (&new, reset)).await {
                Ok(triggered) => Ok(triggered),
                Err(error) => Err(match error.downcast() {
                    Ok(error) => Unanswered::Database(error),
                    Err(error) => Unanswered::Refused(format!("{error:#}")),
                }),
            }
        }
    })
}

async fn create(
    runs: &ManualRuns,
    core: &Core,
    supervisor: Option<SupervisorHandle>,
    (new, reset): (&NewRun, bool),
) -> anyhow::Result<Triggered> {
    let data_interval = match runs.file_of_timetable(&new.dag_id).await? {
        None => None,
        Some(file) => {
            let supervisor = supervisor.context("Updraft ends")?;
            let asked = Asked {
                dag_id: &new.dag_id,
                file: &file,
                logical_date: new.execution_date,
            };
            Some(ask(core, &supervisor, asked).await?)
        }
    };
    Ok(match runs.create_within(new, data_interval).await? {
        Created::New { .. } => Triggered::Created,
        Created::Exists if reset => {
            let run = runs.reset(new).await?;
            Triggered::Reset {
                run_id: run.run_id.to_string(),
                logical_date: run.logical_date,
            }
        }
        Created::Exists => Triggered::Exists,
    })
}

/// A backend that is written in Python is asked by stock Airflow's own code, where that is the SDK.
fn secret_sources(context: &Context, metastore: Db) -> anyhow::Result<SecretSources> {
    let secrets = &context.config.secrets;
    let environment = Arc::new(context.environment.clone());
    let kwargs = secrets.backend_kwargs.expose();
    let backends =
        Backends::new(&secrets.backend, kwargs, Arc::clone(&environment)).or_else(|error| {
            match error {
                BackendError::UnknownBackend(_) => {
                    tracing::debug!("{error}");
                    Backends::new("", "", environment)
                }
                error => Err(error),
            }
        })?;
    Ok(SecretSources {
        backends,
        fernet: Fernet::from_keys(context.config.core.fernet_key.expose())?,
        metastore: Some(metastore),
    })
}

pub(super) fn on_worker_loss(config: &Config) -> updraft_core::failure::OnWorkerLoss {
    match config.updraft.on_worker_loss {
        OnWorkerLoss::Rerun => updraft_core::failure::OnWorkerLoss::Rerun,
        OnWorkerLoss::Fail => updraft_core::failure::OnWorkerLoss::Fail,
    }
}

fn log_options(config: &Config) -> LogOptions {
    let logging = &config.logging;
    let local = LocalLogs {
        base_log_folder: logging.base_log_folder.clone(),
        folder_permissions: logging.file_task_handler_new_folder_permissions,
        file_permissions: logging.file_task_handler_new_file_permissions,
    };
    let mut options = LogOptions::new(local);
    options
        .path_template
        .clone_from(&logging.log_filename_template);
    let masker = secrets_of_the_configuration(config);
    options.mask = Arc::new(move |text: &str| -> Cow<'_, str> { masker.redact(text) });
    options
}

/// Raw output of a process is masked here; what Python logs was masked by Airflow's own filter.
fn secrets_of_the_configuration(config: &Config) -> Masker {
    let mut masker = Masker::new(&config.core.sensitive_var_conn_names)
        .hiding_by_name(config.core.hide_sensitive_var_conn_fields);
    for value in config.sensitive_values() {
        masker.add(value.expose().trim());
    }
    masker
}

fn limits(config: &Config) -> Limits {
    let updraft = &config.updraft;
    let fence = fence(&config.scheduler);
    Limits {
        warm: WarmLimits {
            max_age: updraft.warm_dag_seconds,
            max_processes: usize::try_from(updraft.warm_dag_processes).unwrap_or(usize::MAX),
            max_memory_kb: u64::from(updraft.warm_dag_memory_mb) * 1024,
            load_timeout: config
                .core
                .dagbag_import_timeout
                .unwrap_or(config.core.dag_file_processor_timeout),
        },
        // Of the time that silence has, one that is lost with its connection takes less than half.
        heartbeat: config
            .scheduler
            .job_heartbeat_sec
            .min(fence / 10)
            .max(Duration::from_secs(1)),
        fence,
        lease_silence: config.scheduler.scheduler_zombie_task_threshold,
        killed_task_cleanup_time: config.core.killed_task_cleanup_time,
        task_success_overtime: config.core.task_success_overtime,
        max_num_rendered_ti_fields_per_task: i64::from(
            config.core.max_num_rendered_ti_fields_per_task,
        ),
        request_patience: updraft.outage_wait_seconds,
        callback_timeout: config.core.dag_file_processor_timeout,
        ..Limits::default()
    }
}

/// Of `local_task_job_heartbeat_sec`, which counts for a whole supervisor here, where stock ends one
/// task at a time: tasks end after half of the silence, and a failover, or a checkpoint on a slow disk,
/// may hold every write up for ten seconds. Nobody else acts before the threshold.
const SHORTEST_FENCE: Duration = Duration::from_secs(30);

/// Stock's task process ends itself after this silence, which its own option may make shorter.
fn fence(scheduler: &Scheduler) -> Duration {
    let threshold = scheduler.scheduler_zombie_task_threshold;
    match scheduler.local_task_job_heartbeat_sec {
        Duration::ZERO => threshold,
        own => own.max(SHORTEST_FENCE).min(threshold),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::by_default("300", "0", (300, 300, 5))]
    #[case::a_threshold_of_their_own("77", "0", (77, 77, 5))]
    #[case::a_limit_of_task_processes("300", "60", (300, 60, 5))]
    #[case::never_later_than_others_act("300", "900", (300, 300, 5))]
    #[case::a_write_may_be_late("300", "5", (300, 30, 3))]
    #[case::heartbeats_are_in_time("20", "0", (20, 20, 2))]
    #[case::a_threshold_that_is_shorter_still("20", "5", (20, 20, 2))]
    fn a_supervisor_is_silent_for_as_long_as_its_tasks_may_be(
        #[case] threshold: &str,
        #[case] own: &str,
        #[case] expected: (u64, u64, u64),
    ) {
        let home = tempfile::tempdir().unwrap();
        let environment = [
            ("AIRFLOW_HOME", home.path().to_str().unwrap()),
            (
                "AIRFLOW__SCHEDULER__SCHEDULER_ZOMBIE_TASK_THRESHOLD",
                threshold,
            ),
            ("AIRFLOW__SCHEDULER__LOCAL_TASK_JOB_HEARTBEAT_SEC", own),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::load(&BTreeMap::from(environment)).unwrap();
        let limits = limits(&config);
        let seconds = [limits.lease_silence, limits.fence, limits.heartbeat];
        let (silence, fence, heartbeat) = expected;
        assert_eq!(
            seconds,
            [silence, fence, heartbeat].map(Duration::from_secs)
        );
    }
}
