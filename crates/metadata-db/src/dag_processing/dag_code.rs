//! `dag_code`: the text of DAG files, for the code view.

use serde::Serialize;
use sqlx::FromRow;
use updraft_core::UtcDateTime;

use super::rows::rows;
use crate::{DbTimestamp, Error, Source, Tx, hash::fileloc_hash, json_parameter};

/// The state of one file's row.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct StoredCode {
    pub fileloc_hash: i64,
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

#[derive(Serialize)]
struct Parameter<'a> {
    fileloc_hash: i64,
    fileloc: &'a str,
    last_updated: DbTimestamp,
    source_code: &'a str,
}

/// The rows that the hashes of `filelocs` lead to, which may be those of other paths.
pub async fn stored_codes<'c>(
    source: impl Source<'c>,
    filelocs: &[&str],
) -> Result<Vec<StoredCode>, Error> {
    if filelocs.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<Parameter<'_>> = filelocs
        .iter()
        .map(|fileloc| Parameter {
            fileloc_hash: fileloc_hash(fileloc),
            fileloc,
            last_updated: UtcDateTime::UNIX_EPOCH.into(),
            source_code: "",
        })
        .collect();
    let sql = format!(
        "SELECT fileloc_hash, fileloc, last_updated
         FROM dag_code
         WHERE fileloc_hash IN (SELECT v.fileloc_hash FROM {})",
        rows(source.engine(), "$1", "fileloc_hash bigint")
    );
    source
        .query(sql)
        .bind(json_parameter(&wanted)?)
        .fetch_all()
        .await
}

/// Writes the rows. A row of another path with the same hash stays as it is.
pub async fn write_dag_codes(tx: &mut Tx, codes: &[DagCode<'_>]) -> Result<(), Error> {
    if codes.is_empty() {
        return Ok(());
    }
    let parameters: Vec<Parameter<'_>> = codes
        .iter()
        .map(|code| Parameter {
            fileloc_hash: fileloc_hash(code.fileloc),
            fileloc: code.fileloc,
            last_updated: code.last_updated,
            source_code: code.source_code,
        })
        .collect();
    let sql = format!(
        "INSERT INTO dag_code (fileloc_hash, fileloc, last_updated, source_code)
         SELECT v.fileloc_hash, v.fileloc, v.last_updated, v.source_code
         FROM {}
         WHERE TRUE
         ON CONFLICT (fileloc_hash) DO UPDATE
         SET last_updated = excluded.last_updated,
             source_code = excluded.source_code
         WHERE dag_code.fileloc = excluded.fileloc",
        rows(
            tx.engine(),
            "$1",
            "fileloc_hash bigint, fileloc text, last_updated timestamptz, source_code text"
        )
    );
    tx.query(sql)
        .bind(json_parameter(&parameters)?)
        .execute()
        .await?;
    Ok(())
}
