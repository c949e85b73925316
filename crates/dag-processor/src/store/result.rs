//! What is to be written of one file.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use updraft_metadata_db::dag_processing::PoolWarning;

use super::{code, pools};
use crate::parsed::ParsedFile;

/// One file's result with what follows from it alone.
pub(super) struct FileResult<'a> {
    pub(super) file: &'a ParsedFile,
    pub(super) dag_ids: Vec<&'a str>,
    pub(super) warnings: Vec<PoolWarning>,
    /// Results with the same one need not be compared.
    pub(super) fingerprint: u64,
}

impl<'a> FileResult<'a> {
    /// `pools` are those that exist.
    pub(super) fn new(file: &'a ParsedFile, pools: &HashSet<String>) -> Self {
        let warnings = pools::pool_warnings(&file.dags, pools);
        let mut hasher = DefaultHasher::new();
        (&file.dags, &file.import_errors, &warnings).hash(&mut hasher);
        code::modified(&file.path).hash(&mut hasher);
        let dag_ids = file.dags.iter().map(|dag| dag.columns.dag_id.as_str());
        Self {
            file,
            dag_ids: dag_ids.collect(),
            warnings,
            fingerprint: hasher.finish(),
        }
    }
}
