//! The text of DAG files.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use updraft_core::UtcDateTime;
use updraft_metadata_db::{
    DbTimestamp, Error, Tx,
    dag_processing::{self as queries, DagCode, StoredCode},
    hash::fileloc_hash,
};

use super::result::FileResult;
use crate::discovery::{members, read_member};

/// One text that may have to be stored.
struct Source {
    fileloc: String,
    modified: UtcDateTime,
    text: String,
}

/// The texts of the files in which DAGs are.
pub(super) struct Sources(Vec<Source>);

pub(super) fn modified(path: &str) -> Option<UtcDateTime> {
    let modified = fs::metadata(path).ok()?.modified().ok()?;
    Timestamp::try_from(modified).ok().map(UtcDateTime::from)
}

impl Sources {
    pub(super) async fn read(results: &[&FileResult<'_>]) -> Self {
        let filelocs: BTreeSet<(PathBuf, String)> = results
            .iter()
            .flat_map(|result| {
                let dags = result.file.dags.iter();
                let path = PathBuf::from(&result.file.path);
                dags.map(move |dag| (path.clone(), dag.columns.fileloc.clone()))
            })
            .collect();
        let read = move || {
            filelocs
                .into_iter()
                .filter_map(|(path, fileloc)| read_source(&path, fileloc))
                .collect()
        };
        Self(tokio::task::spawn_blocking(read).await.unwrap_or_default())
    }

    /// Stores the texts that are missing, or older than their files.
    pub(super) async fn write(&self, tx: &mut Tx, now: DbTimestamp) -> Result<(), Error> {
        let filelocs: Vec<&str> = self.0.iter().map(|one| one.fileloc.as_str()).collect();
        let stored: HashMap<i64, StoredCode> = queries::stored_codes(&mut *tx, &filelocs)
            .await?
            .into_iter()
            .map(|code| (code.fileloc_hash, code))
            .collect();
        let codes: Vec<DagCode<'_>> = self
            .0
            .iter()
            .filter_map(|source| source.code(stored.get(&fileloc_hash(&source.fileloc)), now))
            .collect();
        queries::write_dag_codes(tx, &codes).await
    }
}

impl Source {
    /// What is to be stored, if anything is.
    fn code(&self, stored: Option<&StoredCode>, now: DbTimestamp) -> Option<DagCode<'_>> {
        let modified = DbTimestamp(self.modified);
        let last_updated = match stored {
            None => now,
            Some(stored) if stored.fileloc != self.fileloc => {
                tracing::warn!(
                    file = self.fileloc,
                    other = stored.fileloc,
                    "the code of this file cannot be stored: its path has the hash of another one"
                );
                return None;
            }
            Some(stored) if modified > stored.last_updated => modified,
            Some(_) => return None,
        };
        Some(DagCode {
            fileloc: &self.fileloc,
            source_code: &self.text,
            last_updated,
        })
    }
}

fn read_source(path: &Path, fileloc: String) -> Option<Source> {
    let bytes = match Path::new(&fileloc).strip_prefix(path) {
        Ok(member) if !member.as_os_str().is_empty() => {
            let name = member.to_str()?;
            let member = members(path)
                .ok()?
                .into_iter()
                .find(|one| one.name == name)?;
            read_member(path, &member).ok()?
        }
        _ => fs::read(&fileloc).ok()?,
    };
    // Python reads text with universal newlines; PostgreSQL has no NUL in text.
    let text = String::from_utf8_lossy(&bytes)
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\0', "");
    let modified = modified(path.to_str()?)?;
    Some(Source {
        fileloc,
        modified,
        text,
    })
}
