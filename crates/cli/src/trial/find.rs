//! The file of a DAG, parsed.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use updraft_dag_processor::{Event, Report, discovery::list_dag_files, parse_once};
use updraft_metadata_db::cli_queries;

use super::{Session, scratch::configured};
use crate::{compose, context::Context, failure::Failure, suggest::nearest};

/// The DAG is in the scratch database.
#[derive(Debug)]
pub(crate) struct Found {
    pub file: PathBuf,
    /// What modules are imported from.
    pub folder: PathBuf,
}

/// Looks into `subdir`, a file or a folder, otherwise into the file where the DAG was found last, and
/// then into the DAG folder. Files that name the DAG go first.
pub(crate) async fn find(
    context: &Context,
    session: &Session,
    dag_id: &str,
    subdir: Option<&str>,
) -> anyhow::Result<Found> {
    let dags_folder = absolute(&context.config.core.dags_folder)?;
    let root = match subdir {
        Some(subdir) => {
            let folder = dags_folder.to_string_lossy();
            absolute(Path::new(&subdir.replacen("DAGS_FOLDER", &folder, 1)))?
        }
        None => dags_folder.clone(),
    };
    let (mut errors, mut ids) = (Vec::new(), Vec::new());
    let last = match subdir {
        None => last_file(context, dag_id).await,
        Some(_) => None,
    };
    let listed = candidates(context, &root, dag_id)?;
    for file in last.into_iter().chain(listed) {
        let report = parse(context, session, Some(&file), |_| {}).await?;
        if report.dag_ids.iter().any(|found| found == dag_id) {
            let folder = if file.starts_with(&dags_folder) {
                dags_folder
            } else {
                file.parent().unwrap_or(&file).to_owned()
            };
            return Ok(Found { file, folder });
        }
        errors.extend(report.import_errors);
        ids.extend(report.dag_ids);
    }
    errors.sort();
    errors.dedup();
    Err(not_found(context, dag_id, (&root, &ids), &errors).into())
}

async fn last_file(context: &Context, dag_id: &str) -> Option<PathBuf> {
    let db = configured(context).await?;
    let row = cli_queries::dag(&db, dag_id).await.ok().flatten();
    db.close().await;
    let file = PathBuf::from(row?.fileloc?);
    file.is_file().then_some(file)
}

fn candidates(context: &Context, root: &Path, dag_id: &str) -> Result<Vec<PathBuf>, Failure> {
    let (syntax, safe_mode) = compose::discovery(&context.config.core);
    let listing = list_dag_files(root, syntax, safe_mode).map_err(|error| {
        Failure::new(format!("{:#}", anyhow::Error::from(error))).with_hint(
            "--subdir names the DAG file, [core] dags_folder (AIRFLOW__CORE__DAGS_FOLDER) the folder",
        )
    })?;
    let mut files: Vec<PathBuf> = listing.files.into_iter().map(|file| file.path).collect();
    files.sort_by_cached_key(|file| !names(file, dag_id));
    Ok(files)
}

/// Whether the file has the id somewhere in its text.
fn names(file: &Path, dag_id: &str) -> bool {
    let text = std::fs::read(file).unwrap_or_default();
    text.windows(dag_id.len().max(1))
        .any(|part| part == dag_id.as_bytes())
}

/// Stores the DAGs of the file or folder, by default all that are configured, in the scratch database.
pub(crate) async fn parse(
    context: &Context,
    session: &Session,
    root: Option<&Path>,
    progress: impl FnMut(&Event),
) -> anyhow::Result<Report> {
    let config = &context.config;
    let mut options =
        compose::dag_processor_options(config, &session.python, &session.host).await?;
    if let Some(root) = root {
        options.dag_folder = absolute(root)?;
        options.examples_folder = None;
    }
    options.watch = false;
    options.dags_are_paused_at_creation = false;
    let (db, handle) = (session.scratch.db.clone(), session.handle.clone());
    Ok(parse_once(options, db, handle, context.clock.clone(), progress).await)
}

/// What is wrong with files that have nothing to do with the DAG is not told here.
fn not_found(
    context: &Context,
    dag_id: &str,
    (root, found): (&Path, &[String]),
    errors: &[(String, String)],
) -> Failure {
    let mut message = format!(
        "Dag '{dag_id}' could not be found; either it does not exist or it failed to parse."
    );
    let (its, others): (Vec<_>, Vec<_>) = errors
        .iter()
        .partition(|(file, _)| names(Path::new(file), dag_id));
    for (file, trace) in its {
        message.extend(["\n", file, ":\n", trace.trim_end()]);
    }
    if !others.is_empty() {
        let _ = write!(
            message,
            "\nOther files that cannot be imported: {}",
            others.len()
        );
    }
    let meant = nearest(dag_id, found.iter().map(String::as_str));
    let meant = meant.map(|meant| format!("did you mean {meant}? "));
    let (meant, root) = (meant.unwrap_or_default(), root.display());
    Failure::new(message).with_hint(format!(
        "{meant}`{} check {root}` tells what is wrong with the files there",
        context.program
    ))
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|error| Failure::new(format!("{} is no path: {error}", path.display())))?;
    Ok(absolute.components().collect())
}
