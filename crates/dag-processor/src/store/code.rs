//! The text of DAG files.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use updraft_core::UtcDateTime;
use updraft_metadata_db::{
    DbTimestamp, Error, Tx,
    dag_processing::{self as queries, DagCode},
};

use crate::{
    discovery::{members, read_member},
    parsed::ParsedFile,
};

/// One text that may have to be stored.
pub(super) struct Source {
    fileloc: String,
    modified: UtcDateTime,
    text: String,
}

pub(super) fn modified(path: &str) -> Option<UtcDateTime> {
    let modified = fs::metadata(path).ok()?.modified().ok()?;
    Timestamp::try_from(modified).ok().map(UtcDateTime::from)
}

/// The texts of the files in which the DAGs are.
pub(super) async fn sources(file: &ParsedFile) -> Vec<Source> {
    let path = PathBuf::from(&file.path);
    let filelocs: BTreeSet<String> = file
        .dags
        .iter()
        .map(|dag| dag.columns.fileloc.clone())
        .collect();
    let read = move || {
        filelocs
            .into_iter()
            .filter_map(|fileloc| read_source(&path, fileloc))
            .collect()
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_default()
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

/// Stores the text where it is missing or the file is newer.
pub(super) async fn write(tx: &mut Tx, source: &Source, now: DbTimestamp) -> Result<(), Error> {
    let modified = DbTimestamp(source.modified);
    let last_updated = match queries::stored_code(&mut *tx, &source.fileloc).await? {
        None => now,
        Some(stored) if stored.fileloc != source.fileloc => {
            tracing::warn!(
                file = source.fileloc,
                other = stored.fileloc,
                "the code of this file cannot be stored: its path has the hash of another one"
            );
            return Ok(());
        }
        Some(stored) if modified > stored.last_updated => modified,
        Some(_) => return Ok(()),
    };
    let code = DagCode {
        fileloc: &source.fileloc,
        source_code: &source.text,
        last_updated,
    };
    queries::write_dag_code(tx, &code).await
}
