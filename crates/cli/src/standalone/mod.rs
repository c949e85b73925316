//! `updraft standalone` and `updraft scheduler`: DAG processor, scheduler and local workers in one
//! process.

mod first_start;
mod home_lock;
mod narrator;
mod parts;
mod stop;

use std::time::Duration;

use anyhow::Context as _;
use updraft_metadata_db::{ConnectOptions, Db, log_template, migrate};
use updraft_scheduler::Executor;

pub(crate) use first_start::prepare_home;
pub(crate) use parts::ExecutorKind;

use self::{narrator::Narrator, parts::Parts, stop::Stop};
use crate::{
    compose,
    context::{Context, UNUSABLE},
    failure::Failure,
};

/// Database connections of the process: the scheduler's, the processor's and the supervisor's work
/// is short, so a few serve them all.
const CONNECTIONS: u32 = 8;

/// Longer than any statement of ours takes, with the locks that it waits for; short enough that work
/// goes on in minutes where a router between us and PostgreSQL forgot a connection. (Signs of life do
/// not wait for it.)
const ANSWER: Duration = Duration::from_mins(1);

/// What `run` is to do beside its work.
pub(crate) struct Mode {
    /// Make Airflow's tables where there are none, as `standalone` does.
    pub migrate: bool,
    /// Print each run and task for a person.
    pub narrate: bool,
    pub executor: ExecutorKind,
}

/// Works until the first Ctrl-C or SIGTERM, and then until the last running task has ended. A
/// second one ends the tasks.
pub(crate) async fn run(context: &Context, mode: Mode) -> anyhow::Result<()> {
    let config = &context.config;
    let (python, host) = compose::python_and_host(context).await?;
    let is_new = context.missing_database().is_some();
    let _home = home_lock::take(context, mode.migrate)?;
    let (db, added) = open(context, mode.migrate).await?;
    let options = compose::dag_processor_options(config, &python, &host).await?;
    if !options.dag_folder.is_dir() {
        let folder = options.dag_folder.display();
        return Err(
            Failure::new(format!("the DAG folder {folder} does not exist"))
                .with_hint("make it, or set [core] dags_folder (AIRFLOW__CORE__DAGS_FOLDER)")
                .into(),
        );
    }
    let narrator = Narrator::new(mode.narrate, context.clock.clone());
    narrator.greet(&options.dag_folder, (&db, is_new), &python);
    narrator.own_tables(&added);

    let stop = Stop::listen()?;
    let supervisor = compose::supervisor_options(context, python, &host, db.clone())?;
    let (handle, supervisor_events) = updraft_supervisor::Supervisor::start(supervisor)
        .await
        .context("the supervisor of tasks does not start")?;
    let executor = match mode.executor {
        ExecutorKind::Local => Executor::local(config.core.parallelism, handle.commands.clone()),
        ExecutorKind::Sequential => Executor::sequential(handle.commands.clone()),
    };
    let parts = Parts {
        db,
        handle,
        supervisor_events,
        executor,
        settings: compose::scheduler_settings(config, &host),
        options,
        clock: context.clock.clone(),
        processes_dags: mode.migrate || !config.scheduler.standalone_dag_processor,
    };
    Box::pin(parts.run(narrator, stop)).await
}

/// The database with all tables, and what was added to Airflow's.
async fn open(context: &Context, migrates: bool) -> anyhow::Result<(Db, Vec<&'static str>)> {
    let options = ConnectOptions {
        answer_timeout: Some(ANSWER),
        ..compose::connect_options(&context.config, CONNECTIONS)
    };
    let conn = &context.config.database.sql_alchemy_conn;
    let db = Db::connect(conn.expose(), &options).await?;
    if migrates {
        let seed = crate::commands::db::seed(context)?;
        let applied = migrate::migrate(&db, &seed, context.now()).await?;
        // In a database that is all new, they are nothing special.
        let added = if applied.created {
            Vec::new()
        } else {
            applied.additions
        };
        return Ok((db, added));
    }
    if !context.config.database.check_migrations {
        tracing::warn!(
            "[database] check_migrations = False changes nothing: a look at the tables costs a query"
        );
    }
    let added = migrate::add_own_tables(&db, context.now())
        .await
        .context(UNUSABLE)?;
    // New runs name the newest row, by which stock's web server finds their logs.
    let mut tx = db.begin().await?;
    let log_template = crate::commands::db::seed(context)?.log_template;
    log_template::synchronize(&mut tx, &log_template, context.now()).await?;
    tx.commit().await?;
    Ok((db, added))
}
