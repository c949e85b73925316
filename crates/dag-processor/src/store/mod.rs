//! Writes what parses found into the metadata database.

mod code;
mod equality;
mod next_run;
mod permissions;
mod plan;
mod pools;
mod references;
mod serialized;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use jiff::SignedDuration;
use updraft_core::{UtcDateTime, timetable::Timetable};
use updraft_metadata_db::{
    Db, DbTimestamp, Error, Tx,
    dag_processing::{
        self as queries, DagWrite, ImportError, OwnerLink, PoolWarning, References, StoredDag, Tag,
    },
};
use updraft_serialized_dag::Defaults;

use self::plan::Planned;
use crate::parsed::{ParsedDag, ParsedFile};

/// Names of pools are read again after this time.
const POOLS_AGE: SignedDuration = SignedDuration::from_secs(10);

/// What [`Store::write`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// DAGs of which a row or the serialized form changed.
    pub(crate) changed: Vec<String>,
}

/// Settings of the writer.
#[derive(Clone, Debug)]
pub(crate) struct StoreOptions {
    /// NULL is what `dags reserialize` writes.
    pub(crate) processor_subdir: Option<String>,
    pub(crate) dags_are_paused_at_creation: bool,
    pub(crate) compress_serialized_dags: bool,
    pub(crate) defaults: Defaults,
}

pub(crate) struct Store {
    db: Db,
    options: StoreOptions,
    /// By file: the fingerprint of the result that was last written.
    written: HashMap<String, u64>,
    pools: HashSet<String>,
    pools_read: Option<UtcDateTime>,
    /// DAGs parsed with an unchanged result, with the instant, not yet recorded.
    beats: HashMap<String, DbTimestamp>,
    /// By DAG: (parsed hash, stored hash) of forms that were found equal.
    equal_forms: HashMap<String, (String, String)>,
    /// By DAG, with the hash that it belongs to.
    timetables: HashMap<String, (String, Option<Timetable>)>,
}

/// One file's result with what follows from it alone.
struct FileResult<'a> {
    file: &'a ParsedFile,
    dag_ids: Vec<&'a str>,
    warnings: Vec<PoolWarning>,
    references: References,
    fingerprint: u64,
}

impl Store {
    pub(crate) fn new(db: Db, options: StoreOptions) -> Self {
        Self {
            db,
            options,
            written: HashMap::new(),
            pools: HashSet::new(),
            pools_read: None,
            beats: HashMap::new(),
            equal_forms: HashMap::new(),
            timetables: HashMap::new(),
        }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// Nothing that was written for the file is taken for granted any more.
    pub(crate) fn forget(&mut self, path: &str) {
        self.written.remove(path);
    }

    /// Makes the database say what `file` says, in one transaction, unless it does already.
    pub(crate) async fn write(
        &mut self,
        file: &ParsedFile,
        now: UtcDateTime,
    ) -> Result<Written, Error> {
        self.read_pools(now).await?;
        self.read_timetables(file);
        let result = self.result(file);
        if self.written.get(&file.path) == Some(&result.fingerprint)
            && self.is_stored(&result, now).await?
        {
            let beats = result
                .dag_ids
                .iter()
                .map(|id| ((*id).to_owned(), now.into()));
            self.beats.extend(beats);
            return Ok(Written::default());
        }
        let sources = code::sources(file).await;
        let outcome = self
            .db
            .transaction_retry()
            .run(|| self.write_once(&result, &sources, now))
            .await?;
        let Outcome { written, equal } = outcome;
        let (path, fingerprint) = (file.path.clone(), result.fingerprint);
        for id in &result.dag_ids {
            self.beats.remove(*id);
        }
        self.equal_forms.extend(equal);
        self.written.insert(path, fingerprint);
        Ok(written)
    }

    /// Records the signs of life of DAGs whose parse changed nothing.
    pub(crate) async fn flush_heartbeats(&mut self) -> Result<(), Error> {
        if self.beats.is_empty() {
            return Ok(());
        }
        self.db
            .transaction_retry()
            .run(|| async {
                let mut tx = self.db.begin().await?;
                let beats = self.beats.iter().map(|(id, at)| (id.as_str(), *at));
                queries::record_heartbeats(&mut tx, beats).await?;
                tx.commit().await
            })
            .await?;
        self.beats.clear();
        Ok(())
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

    fn read_timetables(&mut self, file: &ParsedFile) {
        for dag in &file.dags {
            let Some(hash) = &dag.dag_hash else { continue };
            let known = self.timetables.get(&dag.columns.dag_id);
            if known.is_none_or(|(of, _)| of != hash) {
                let timetable = serialized::timetable(dag, &self.options.defaults);
                self.timetables
                    .insert(dag.columns.dag_id.clone(), (hash.clone(), timetable));
            }
        }
    }

    fn timetable(&self, dag: &ParsedDag) -> Option<&Timetable> {
        let (of, timetable) = self.timetables.get(&dag.columns.dag_id)?;
        (dag.dag_hash.as_ref() == Some(of)).then_some(timetable.as_ref())?
    }

    fn result<'a>(&self, file: &'a ParsedFile) -> FileResult<'a> {
        let warnings = pools::pool_warnings(&file.dags, &self.pools);
        let mut hasher = DefaultHasher::new();
        (&file.dags, &file.import_errors, &warnings).hash(&mut hasher);
        code::modified(&file.path).hash(&mut hasher);
        FileResult {
            file,
            dag_ids: file
                .dags
                .iter()
                .map(|dag| dag.columns.dag_id.as_str())
                .collect(),
            references: references::references(&file.dags),
            warnings,
            fingerprint: hasher.finish(),
        }
    }

    /// Whether the rows of the file's DAGs and errors are as this parse would write them. Other
    /// processes may have changed them, and the next run depends on the clock and on other runs.
    async fn is_stored(&self, result: &FileResult<'_>, now: UtcDateTime) -> Result<bool, Error> {
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

    fn plan<'a>(
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
                    self.timetable(dag),
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

    async fn write_once(
        &self,
        result: &FileResult<'_>,
        sources: &[code::Source],
        now: UtcDateTime,
    ) -> Result<Outcome, Error> {
        let subdir = self.options.processor_subdir.as_deref();
        let at = DbTimestamp(now);
        let file = result.file;
        let ids = &result.dag_ids;
        let mut tx = self.db.begin().await?;
        let mut outcome = Outcome::default();
        if !ids.is_empty() {
            let stored = queries::lock_dags(&mut tx, ids).await?;
            let facts = queries::schedule_facts(&mut tx, ids).await?;
            let planned = self.plan(file, &stored, &facts, now);
            self.write_dag_rows(&mut tx, &planned, at).await?;
            for source in sources {
                code::write(&mut tx, source, at).await?;
            }
            outcome = serialized::write(&mut tx, &planned, self, at).await?;
            for dag in &planned {
                if !dag.row_is_stored(&self.options) {
                    outcome.changed(&dag.dag.columns.dag_id);
                }
            }
            queries::write_references(&mut tx, ids, &result.references, at).await?;
            queries::write_pool_warnings(&mut tx, ids, &result.warnings, at).await?;
        }
        let failing =
            queries::write_import_errors(&mut tx, &file.path, &file.import_errors, subdir, at)
                .await?;
        for id in &failing {
            outcome.changed(id);
        }
        tx.commit().await?;
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

fn same_errors(mut stored: Vec<ImportError>, found: &[ImportError]) -> bool {
    let mut found = found.to_vec();
    for errors in [&mut stored, &mut found] {
        errors.sort_by(|a, b| a.filename.cmp(&b.filename));
    }
    stored == found
}

/// What one transaction did, to be remembered once it is committed.
#[derive(Default)]
struct Outcome {
    written: Written,
    equal: Vec<(String, (String, String))>,
}

impl Outcome {
    fn changed(&mut self, dag_id: &str) {
        let changed = &mut self.written.changed;
        if !changed.iter().any(|known| known == dag_id) {
            changed.push(dag_id.to_owned());
        }
    }
}
