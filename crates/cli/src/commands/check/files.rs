//! Which files are checked.

use std::path::{Path, PathBuf};

use updraft_config::Core;
use updraft_dag_processor::discovery::list_dag_files;

use crate::{compose, failure::Failure};

/// A file, and the folder that its own modules are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DagFile {
    pub path: PathBuf,
    pub folder: PathBuf,
}

/// The files that were named, and the DAG files of the folders that were; each once, in order.
pub(super) fn files(core: &Core, asked: &[PathBuf]) -> Result<Vec<DagFile>, Failure> {
    let dags_folder = absolute(&core.dags_folder)?;
    let (syntax, safe_mode) = compose::discovery(core);
    let mut found: Vec<DagFile> = Vec::new();
    for path in asked {
        let path = absolute(path)?;
        let metadata = path.metadata().map_err(|error| {
            Failure::new(format!("cannot look at {}: {error}", path.display())).with_hint(
                "name DAG files or folders, or set [core] dags_folder (AIRFLOW__CORE__DAGS_FOLDER)",
            )
        })?;
        // Modules are imported from the DAG folder wherever a file of it is checked.
        let folder = if path.starts_with(&dags_folder) {
            dags_folder.clone()
        } else if metadata.is_dir() {
            path.clone()
        } else {
            path.parent().unwrap_or(&path).to_owned()
        };
        if metadata.is_file() {
            found.push(DagFile { path, folder });
            continue;
        }
        let listing = list_dag_files(&path, syntax, safe_mode)
            .map_err(|error| Failure::new(error.to_string()))?;
        for warning in &listing.warnings {
            tracing::warn!("{warning}");
        }
        found.extend(listing.files.into_iter().map(|file| DagFile {
            path: file.path,
            folder: folder.clone(),
        }));
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found.dedup_by(|left, right| left.path == right.path);
    Ok(found)
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(path)
        .map_err(|error| Failure::new(format!("{} is no path: {error}", path.display())))?;
    Ok(absolute.components().collect())
}
