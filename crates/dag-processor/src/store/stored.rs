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
    /// Whether the rows of the file's DAGs and errors are as this parse would write them. Other
    /// processes may have changed them, and the next run depends on the clock and on other runs.
    pub(super) async fn is_stored(
        &self,
        result: &FileResult<'_>,
        now: UtcDateTime,
    ) -> Result<bool, Error> {
        let errors = queries::stored_import_errors(&self.db, &result.file.path).await?;
        if !same_errors(errors, &result.file.import_errors) {
            return Ok(false);
        }
        if result.dag_ids.is_empty() {
            return Ok(true);
        }
        let stored = queries::stored_dags(&self.db, &result.dag_ids).await?;
        let facts = queries::schedule_facts(&self.db, &result.dag_ids).await?;
        let planned = self.plan(result.file, &stored, &facts, now);
        Ok(planned.iter().all(|dag| dag.is_stored(&self.options, self)))
    }

    pub(super) fn plan<'a>(
        &self,
        file: &'a ParsedFile,
        stored: &'a [StoredDag],
        facts: &HashMap<String, queries::ScheduleFacts>,
        now: UtcDateTime,
    ) -> Vec<Planned<'a>> {
        let by_id: HashMap<&str, &StoredDag> = stored
            .iter()
            .map(|row| (row.columns.dag_id.as_str(), row))
            .collect();
        let has_error = |fileloc: &str| {
            let matches = |error: &ImportError| error.filename == fileloc;
            file.import_errors.iter().any(matches)
        };
        file.dags
            .iter()
            .map(|dag| {
                let id = dag.columns.dag_id.as_str();
                let stored = by_id.get(id).copied();
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

fn same_errors(mut stored: Vec<ImportError>, found: &[ImportError]) -> bool {
    let mut found = found.to_vec();
    for errors in [&mut stored, &mut found] {
        errors.sort_by(|a, b| a.filename.cmp(&b.filename));
    }
    stored == found
}
