//! Writes what parses found into the metadata database.

mod code;
mod equality;
mod heartbeats;
mod next_run;
mod permissions;
mod plan;
mod pools;
mod references;
mod result;
mod serialized;
mod stored;
#[cfg(test)]
mod tests;
mod timetables;
mod write;

use std::collections::{HashMap, HashSet};

use updraft_core::UtcDateTime;
use updraft_metadata_db::{Db, DbTimestamp};
use updraft_serialized_dag::Defaults;

use self::timetables::Timetables;

/// What [`Store::write`] did for one file.
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
    timetables: Timetables,
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
            timetables: Timetables::default(),
        }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// Nothing that was written for the file is taken for granted any more.
    pub(crate) fn forget(&mut self, path: &str) {
        self.written.remove(path);
    }
}
