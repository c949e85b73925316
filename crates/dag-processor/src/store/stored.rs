//! Whether the database says already what a parse found.

use std::collections::HashMap;

use updraft_core::UtcDateTime;
use updraft_metadata_db::{
    Error,
    dag_processing::{self as queries, ImportError, StoredDag},
};

use super::{Store, next_run, plan::Planned, result::FileResult};
use crate::parsed::ParsedFile;

impl Store {
    /// Whether the rows of each file's DAGs and errors are as this parse would write them. Other
    /// processes may have changed them, and the next run depends on the clock and on other runs.
    pub(super) async fn are_stored(
        &self,
        results: &[FileResult<'_>],
        now: UtcDateTime,
    ) -> Result<Vec<bool>, Error> {
        let is_known = |result: &&FileResult<'_>| {
            self.written.get(&result.file.path) == Some(&result.fingerprint)
        };
        let known: Vec<&FileResult<'_>> = results.iter().filter(is_known).collect();
        if known.is_empty() {
            return Ok(vec![false; results.len()]);
        }
        let paths: Vec<&str> = known.iter().map(|one| one.file.path.as_str()).collect();
        let errors = queries::stored_import_errors(&self.db, &paths).await?;
        let ids: Vec<&str> = known
            .iter()
            .flat_map(|one| one.dag_ids.iter().copied())
            .collect();
        let (stored, facts) = if ids.is_empty() {
            Default::default()
        } else {
            let stored = queries::stored_dags(&self.db, &ids).await?;
            (stored, queries::schedule_facts(&self.db, &ids).await?)
        };
        let stored = by_id(&stored);
        let is_stored = |result: &FileResult<'_>| {
            let file = result.file;
            let own_errors = errors.iter().filter(|one| file.holds(&one.filename));
            same_errors(own_errors.cloned().collect(), &file.import_errors)
                && self
                    .plan(file, &stored, &facts, now)
                    .iter()
                    .all(|dag| dag.is_stored(&self.options, self))
        };
        let all = results.iter();
        Ok(all
            .map(|result| is_known(&result) && is_stored(result))
            .collect())
    }

    pub(super) fn plan<'a>(
        &self,
        file: &'a ParsedFile,
        stored: &HashMap<&str, &'a StoredDag>,
        facts: &HashMap<String, queries::ScheduleFacts>,
        now: UtcDateTime,
    ) -> Vec<Planned<'a>> {
        let has_error = |fileloc: &str| {
            let matches = |error: &ImportError| error.filename == fileloc;
            file.import_errors.iter().any(matches)
        };
        file.dags
            .iter()
            .map(|dag| {
                let id = dag.columns.dag_id.as_str();
                let stored = stored.get(id).copied();
                let next_run = next_run::next_run(
                    dag,
                    self.timetables.of(dag),
                    facts.get(id).copied().unwrap_or_default(),
                    stored.map(|row| row.next_run).unwrap_or_default(),
                    now,
                );
                Planned {
                    dag,
                    stored,
                    next_run,
                    has_import_errors: has_error(&dag.columns.fileloc),
                }
            })
            .collect()
    }
}

pub(super) fn by_id(stored: &[StoredDag]) -> HashMap<&str, &StoredDag> {
    stored
        .iter()
        .map(|row| (row.columns.dag_id.as_str(), row))
        .collect()
}

fn same_errors(mut stored: Vec<ImportError>, found: &[ImportError]) -> bool {
    let mut found = found.to_vec();
    for errors in [&mut stored, &mut found] {
        errors.sort_by(|a, b| a.filename.cmp(&b.filename));
    }
    stored == found
}
