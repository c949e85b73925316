//! Which file a DAG id belongs to.
//!
//! Airflow's processors let two files with the same DAG id overwrite each other at every parse. Here
//! the first file keeps it and the second gets an import error, until the first gives it up.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use updraft_metadata_db::dag_processing::ImportError;

use crate::parsed::ParsedFile;

#[derive(Debug, Default)]
pub(crate) struct Ownership {
    owners: HashMap<String, PathBuf>,
    /// Files that were refused a DAG id.
    refused: HashMap<String, HashSet<PathBuf>>,
}

impl Ownership {
    /// The file had the DAG before this process began.
    pub(crate) fn assign(&mut self, dag_id: String, path: &Path) {
        self.owners.entry(dag_id).or_insert_with(|| path.to_owned());
    }

    /// Takes out of `file` the DAGs that another file has, with an import error for each. Returns
    /// files to parse again, because this one no longer has a DAG that they were refused.
    pub(crate) fn settle(&mut self, file: &mut ParsedFile) -> Vec<PathBuf> {
        let path = PathBuf::from(&file.path);
        let mut errors = Vec::new();
        file.dags.retain(|dag| {
            let dag_id = &dag.columns.dag_id;
            let owner = self
                .owners
                .entry(dag_id.clone())
                .or_insert_with(|| path.clone());
            if *owner == path {
                return true;
            }
            errors.push(ImportError {
                filename: dag.columns.fileloc.clone(),
                stacktrace: format!(
                    "AirflowDagDuplicatedIdException: DAG id {dag_id:?} of {} is already taken by \
                     {}, whose DAG is kept",
                    dag.columns.fileloc,
                    owner.display()
                ),
            });
            let waiting = self.refused.entry(dag_id.clone()).or_default();
            waiting.insert(path.clone());
            false
        });
        for error in errors {
            file.add_error(error);
        }
        let kept: HashSet<&str> = file
            .dags
            .iter()
            .map(|dag| dag.columns.dag_id.as_str())
            .collect();
        // After an error in the file its DAGs are missing, not given up.
        if file.import_errors.is_empty() {
            self.give_up(&path, &kept)
        } else {
            Vec::new()
        }
    }

    /// The file is gone. Returns files to parse again.
    pub(crate) fn forget(&mut self, path: &Path) -> Vec<PathBuf> {
        for waiting in self.refused.values_mut() {
            waiting.remove(path);
        }
        self.give_up(path, &HashSet::new())
    }

    fn give_up(&mut self, path: &Path, kept: &HashSet<&str>) -> Vec<PathBuf> {
        let mut waiting = Vec::new();
        self.owners.retain(|dag_id, owner| {
            let gives_up = owner == path && !kept.contains(dag_id.as_str());
            if gives_up && let Some(refused) = self.refused.remove(dag_id) {
                waiting.extend(refused);
            }
            !gives_up
        });
        waiting
    }
}
