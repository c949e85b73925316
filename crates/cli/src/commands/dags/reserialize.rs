//! `dags reserialize`.

use std::{fmt::Write as _, path::PathBuf};

use anyhow::Context as _;
use updraft_dag_processor::{Event, Report, parse_once};
use updraft_metadata_db::cli_queries;
use updraft_supervisor::{Command, Supervisor, SupervisorOptions};

use crate::{
    compose::{self, Host},
    context::Context,
    failure::Failure,
    progress::Progress,
};

/// Parse all DAG files and store their serialized forms anew
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft dags reserialize")]
pub(crate) struct Args {
    /// Forget the stored forms and do not parse the DAG files
    #[arg(long)]
    clear_only: bool,
    /// Parse only this file, or the files of this folder
    #[arg(short = 'S', long, value_name = "PATH")]
    subdir: Option<String>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        // Nothing is forgotten that could not be made anew.
        let python = if self.clear_only {
            None
        } else {
            Some(compose::python_and_host(context).await?)
        };
        let mut tx = db.begin().await?;
        cli_queries::delete_serialized(&mut tx).await?;
        tx.commit().await?;
        let Some(python) = python else {
            return Ok(());
        };
        let report = parse(context, db, python, self.subdir.as_deref()).await?;
        for (file, trace) in &report.import_errors {
            tracing::warn!("{file} cannot be imported:\n{trace}");
        }
        context.print(&format!(
            "{} DAGs of {} files in {:.1} s, {} import errors",
            report.dag_ids.len(),
            report.files,
            report.seconds,
            report.import_errors.len()
        ))?;
        failures(&report)
    }
}

/// A file whose DAGs are not stored is no success: a deploy that calls this must hear of it.
fn failures(report: &Report) -> anyhow::Result<()> {
    if report.failures.is_empty() {
        return Ok(());
    }
    let mut message = format!("{} could not be read or stored:", report.failures.len());
    for (path, reason) in &report.failures {
        write!(message, "\n  {path} {reason}")?;
    }
    Err(Failure::new(message)
        .with_hint("mend the cause and run it again")
        .into())
}

async fn parse(
    context: &Context,
    db: updraft_metadata_db::Db,
    (python, host): (PathBuf, Host),
    subdir: Option<&str>,
) -> anyhow::Result<Report> {
    let mut options = compose::dag_processor_options(&context.config, &python, &host).await?;
    options.watch = false;
    if let Some(subdir) = subdir {
        options.dag_folder = std::path::absolute(subdir)?;
        options.examples_folder = None;
    }
    if !options.dag_folder.exists() {
        let message = format!("{} does not exist", options.dag_folder.display());
        return Err(Failure::new(message)
            .with_hint("make it, or set [core] dags_folder (AIRFLOW__CORE__DAGS_FOLDER)")
            .into());
    }
    let clock = context.clock.clone();
    // Without a database of its own it runs no tasks.
    let supervisor = SupervisorOptions {
        db: None,
        ..compose::supervisor_options(context, python, &host, db.clone())?
    };
    let (handle, mut events) = Supervisor::start(supervisor)
        .await
        .context("Python does not start")?;
    let progress = Progress::new();
    let report = parse_once(options, db, handle.clone(), clock, |event| match event {
        Event::Listed { files } => progress.expect(*files),
        Event::Parsed { file, .. } => progress.done(file),
        _ => {}
    })
    .await;
    progress.end();
    // The supervisor may have gone by itself.
    let _ = handle.commands.send(Command::Drain).await;
    drop(handle);
    while events.recv().await.is_some() {}
    Ok(report)
}
