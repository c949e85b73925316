//! The results of files, written together.

use jiff::SignedDuration;
use updraft_core::UtcDateTime;
use updraft_metadata_db::{
    DbTimestamp, Error, Tx,
    dag_processing::{self as queries, DagWrite, Failing, ImportError, OwnerLink, Tag},
};

use super::{
    Store, Written, code::Sources, plan::Planned, references::references, result::FileResult,
    serialized, stored::by_id,
};
use crate::parsed::{ParsedDag, ParsedFile};

/// Names of pools are read again after this time.
const POOLS_AGE: SignedDuration = SignedDuration::from_secs(10);

impl Store {
    /// Makes the database say what `files` say, in one transaction, as far as it does not do so already.
    /// Tells what it did for each. Where it fails, nothing is written.
    pub(crate) async fn write(
        &mut self,
        files: &[&ParsedFile],
        now: UtcDateTime,
    ) -> Result<Vec<Written>, Error> {
        self.read_pools(now).await?;
        let mut results = Vec::new();
        for file in files {
            self.timetables.read(file, &self.options.defaults);
            results.push(FileResult::new(file, &self.pools));
        }
        let stored = self.are_stored(&results, now).await?;
        let (known, new): (Vec<_>, Vec<_>) = results.iter().zip(&stored).partition(|(_, is)| **is);
        let new: Vec<&FileResult<'_>> = new.into_iter().map(|(result, _)| result).collect();
        let outcome = if new.is_empty() {
            Outcome::default()
        } else {
            let sources = Sources::read(&new).await;
            self.db
                .transaction_retry()
                .run(|| self.write_once(&new, &sources, now))
                .await?
        };
        for (result, _) in known {
            let ids = result.dag_ids.iter();
            self.beats
                .extend(ids.map(|id| ((*id).to_owned(), now.into())));
        }
        for result in new {
            for id in &result.dag_ids {
                self.beats.remove(*id);
            }
            let path = result.file.path.clone();
            self.written.insert(path, result.fingerprint);
        }
        let written = results.iter().map(|result| outcome.of(result)).collect();
        self.equal_forms.extend(outcome.equal);
        Ok(written)
    }

    async fn read_pools(&mut self, now: UtcDateTime) -> Result<(), Error> {
        let is_fresh = self
            .pools_read
            .is_some_and(|read| now.since(read).abs() < POOLS_AGE);
        if !is_fresh {
            let names = queries::pool_names(&self.db).await?;
            self.pools = names.into_iter().collect();
            self.pools_read = Some(now);
        }
        Ok(())
    }

    async fn write_once(
        &self,
        results: &[&FileResult<'_>],
        sources: &Sources,
        now: UtcDateTime,
    ) -> Result<Outcome, Error> {
        let at = DbTimestamp(now);
        let mut tx = self.db.begin_relaxed().await?;
        let mut outcome = self.write_dags(&mut tx, results, sources, now).await?;
        let paths: Vec<&str> = results.iter().map(|one| one.file.path.as_str()).collect();
        let errors: Vec<&ImportError> = results
            .iter()
            .flat_map(|one| &one.file.import_errors)
            .collect();
        let subdir = self.options.processor_subdir.as_deref();
        outcome.failing =
            queries::write_import_errors(&mut tx, &paths, &errors, subdir, at).await?;
        tx.commit().await?;
        Ok(outcome)
    }

    /// The rows of everything that DAGs have rows for.
    async fn write_dags(
        &self,
        tx: &mut Tx,
        results: &[&FileResult<'_>],
        sources: &Sources,
        now: UtcDateTime,
    ) -> Result<Outcome, Error> {
        let at = DbTimestamp(now);
        let ids: Vec<&str> = results
            .iter()
            .flat_map(|result| result.dag_ids.iter().copied())
            .collect();
        if ids.is_empty() {
            return Ok(Outcome::default());
        }
        let stored = queries::lock_dags(tx, &ids).await?;
        let facts = queries::schedule_facts(&mut *tx, &ids).await?;
        let stored = by_id(&stored);
        let planned: Vec<Planned<'_>> = results
            .iter()
            .flat_map(|result| self.plan(result.file, &stored, &facts, now))
            .collect();
        self.write_dag_rows(tx, &planned, at).await?;
        sources.write(tx, at).await?;
        let mut outcome = serialized::write(tx, &planned, self, at).await?;
        for dag in &planned {
            if !dag.row_is_stored(&self.options) {
                outcome.changed(&dag.dag.columns.dag_id);
            }
        }
        let dags: Vec<&ParsedDag> = planned.iter().map(|dag| dag.dag).collect();
        queries::write_references(tx, &ids, &references(&dags), at).await?;
        let warnings: Vec<_> = results.iter().flat_map(|one| &one.warnings).collect();
        queries::write_pool_warnings(tx, &ids, &warnings, at).await?;
        Ok(outcome)
    }

    async fn write_dag_rows(
        &self,
        tx: &mut Tx,
        planned: &[Planned<'_>],
        now: DbTimestamp,
    ) -> Result<(), Error> {
        let rows: Vec<DagWrite<'_>> = planned
            .iter()
            .map(|dag| DagWrite {
                columns: &dag.dag.columns,
                is_paused: dag
                    .dag
                    .is_paused_upon_creation
                    .unwrap_or(self.options.dags_are_paused_at_creation),
                next_run: dag.next_run,
            })
            .collect();
        let ids: Vec<&str> = rows.iter().map(|row| row.columns.dag_id.as_str()).collect();
        let mut tags = Vec::new();
        let mut links = Vec::new();
        for Planned { dag, .. } in planned {
            let dag_id = dag.columns.dag_id.as_str();
            tags.extend(dag.tags.iter().map(|name| Tag { dag_id, name }));
            links.extend(dag.owner_links.iter().map(|(owner, link)| OwnerLink {
                dag_id,
                owner,
                link,
            }));
        }
        let subdir = self.options.processor_subdir.as_deref();
        queries::write_dags(tx, &rows, subdir, now).await?;
        queries::write_tags(tx, &ids, &tags).await?;
        queries::write_owner_links(tx, &ids, &links).await
    }
}

/// What one transaction did, to be remembered once it is committed.
#[derive(Default)]
pub(super) struct Outcome {
    changed: Vec<String>,
    /// DAGs with their parsed and their stored hash.
    pub(super) equal: Vec<(String, (String, String))>,
    failing: Vec<Failing>,
}

impl Outcome {
    pub(super) fn changed(&mut self, dag_id: &str) {
        if !self.changed.iter().any(|known| known == dag_id) {
            self.changed.push(dag_id.to_owned());
        }
    }

    /// The part of one file.
    fn of(&self, result: &FileResult<'_>) -> Written {
        let changed = self.changed.iter();
        let mut changed: Vec<String> = changed
            .filter(|dag_id| result.dag_ids.contains(&dag_id.as_str()))
            .cloned()
            .collect();
        for failing in &self.failing {
            if result.file.holds(&failing.fileloc) && !changed.contains(&failing.dag_id) {
                changed.push(failing.dag_id.clone());
            }
        }
        Written { changed }
    }
}
