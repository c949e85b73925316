//! `dag_code`: the text of DAG files, for the code view.

use sqlx::FromRow;

use crate::{DbTimestamp, Error, Source, Tx, hash::fileloc_hash};

/// The state of one file's row.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct StoredCode {
    pub fileloc: String,
    pub last_updated: DbTimestamp,
}

#[derive(Clone, Debug)]
pub struct DagCode<'a> {
    pub fileloc: &'a str,
    pub source_code: &'a str,
    /// Now in a new row, the file's time of modification in an old one.
    pub last_updated: DbTimestamp,
}

/// The row that the hash of `fileloc` leads to, which may be that of another path.
pub async fn stored_code<'c>(
    source: impl Source<'c>,
    fileloc: &str,
) -> Result<Option<StoredCode>, Error> {
    source
        .query("SELECT fileloc, last_updated FROM dag_code WHERE fileloc_hash = $1")
        .bind(fileloc_hash(fileloc))
        .fetch_optional()
        .await
}

/// Writes the row. A row of another path with the same hash stays as it is.
pub async fn write_dag_code(tx: &mut Tx, code: &DagCode<'_>) -> Result<(), Error> {
    tx.query(
        "INSERT INTO dag_code (fileloc_hash, fileloc, last_updated, source_code)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (fileloc_hash) DO UPDATE
         SET last_updated = excluded.last_updated,
             source_code = excluded.source_code
         WHERE dag_code.fileloc = excluded.fileloc",
    )
    .bind(fileloc_hash(code.fileloc))
    .bind(code.fileloc)
    .bind(code.last_updated)
    .bind(code.source_code)
    .execute()
    .await?;
    Ok(())
}
