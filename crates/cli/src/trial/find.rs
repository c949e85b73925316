//! The file of a DAG, parsed.

use std::path::{Path, PathBuf};

use updraft_dag_processor::{Report, discovery::list_dag_files, parse_once};
use updraft_metadata_db::cli_queries;

use super::{Session, scratch::configured};
use crate::{compose, context::Context, failure::Failure};

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
    let mut errors = Vec::new();
    let last = match subdir {
        None => last_file(context, dag_id).await,
        Some(_) => None,
    };
    let listed = candidates(context, &root, dag_id)?;
    for file in last.into_iter().chain(listed) {
        let report = parse(context, session, &file).await?;
        if report.dag_ids.iter().any(|found| found == dag_id) {
            let folder = if file.starts_with(&dags_folder) {
                dags_folder
            } else {
                file.parent().unwrap_or(&file).to_owned()
            };
            return Ok(Found { file, folder });
        }
        errors.extend(report.import_errors);
    }
    Err(not_found(context, dag_id, &root, &errors).into())
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
    let names = |file: &PathBuf| {
        let text = std::fs::read(file).unwrap_or_default();
        !text
            .windows(dag_id.len().max(1))
            .any(|part| part == dag_id.as_bytes())
    };
    let mut files: Vec<PathBuf> = listing.files.into_iter().map(|file| file.path).collect();
    files.sort_by_cached_key(names);
    Ok(files)
}

async fn parse(context: &Context, session: &Session, file: &Path) -> anyhow::Result<Report> {
    let config = &context.config;
    let mut options =
        compose::dag_processor_options(config, &session.python, &session.host).await?;
    file.clone_into(&mut options.dag_folder);
    options.examples_folder = None;
    options.watch = false;
    options.dags_are_paused_at_creation = false;
    let (db, handle) = (session.scratch.db.clone(), session.handle.clone());
    Ok(parse_once(options, db, handle, context.clock.clone(), |_| {}).await)
}

fn not_found(context: &Context, dag_id: &str, root: &Path, errors: &[(String, String)]) -> Failure {
    let mut message = format!(
        "Dag '{dag_id}' could not be found; either it does not exist or it failed to parse."
    );
    for (file, trace) in errors {
        message.extend(["\n", file, ":\n", trace.trim_end()]);
    }
    let root = root.display();
    Failure::new(message).with_hint(format!(
        "`{} check {root}` tells what is wrong with the files there",
        context.program
    ))
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|error| Failure::new(format!("{} is no path: {error}", path.display())))?;
    Ok(absolute.components().collect())
}
