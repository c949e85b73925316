//! DAGs and files that are no longer there, and signs of life of those that are.

use serde::Serialize;

use super::rows::{rows, texts};
use crate::{DbTimestamp, Error, Source, Tx, json_parameter};

/// What [`deactivate_missing_files`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// DAGs that were active.
    pub deactivated: Vec<String>,
    pub import_errors: u64,
}

/// What a walk of a processor's folder found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listed<'a> {
    /// The listed files themselves, archives rather than their members.
    pub files: &'a [&'a str],
    /// What `fileloc` of DAGs in them can be.
    pub filelocs: &'a [&'a str],
    /// Files and folders that could not be read: whatever belongs to them or to something below
    /// them is left alone.
    pub unknown: &'a [&'a str],
}

/// Whatever belongs to the folder `processor_subdir` and to nothing of `listed` is deactivated (rows
/// of `dag`) or deleted (serialized forms, code, import errors).
pub async fn deactivate_missing_files(
    tx: &mut Tx,
    listed: Listed<'_>,
    processor_subdir: &str,
) -> Result<Gone, Error> {
    let filelocs = json_parameter(listed.filelocs)?;
    let unknown = json_parameter(&named(listed.unknown))?;
    let is_missing = format!(
        "fileloc NOT IN {} AND NOT EXISTS (SELECT 1 FROM {} WHERE {})",
        texts(tx.engine(), "$1"),
        rows(tx.engine(), "$3", "file text"),
        at_or_below("fileloc")
    );
    // Rows without a folder come from `dags reserialize`: any processor may clear them away.
    let deactivated = tx
        .query(format!(
            "UPDATE dag
             SET is_active = FALSE
             WHERE is_active
               AND fileloc IS NOT NULL
               AND (processor_subdir IS NULL OR processor_subdir = $2)
               AND {is_missing}
             RETURNING dag_id"
        ))
        .bind(filelocs.clone())
        .bind(processor_subdir)
        .bind(unknown.clone())
        .fetch_scalars()
        .await?;
    tx.query(format!(
        "DELETE FROM serialized_dag
         WHERE (processor_subdir IS NULL OR processor_subdir = $2)
           AND {is_missing}"
    ))
    .bind(filelocs.clone())
    .bind(processor_subdir)
    .bind(unknown.clone())
    .execute()
    .await?;
    tx.query(format!(
        "DELETE FROM dag_code
         WHERE substr(fileloc, 1, length($2)) = $2
           AND {is_missing}"
    ))
    .bind(filelocs)
    .bind(format!("{processor_subdir}/"))
    .bind(unknown)
    .execute()
    .await?;
    Ok(Gone {
        deactivated,
        import_errors: forget_import_errors(tx, listed, processor_subdir).await?,
    })
}

async fn forget_import_errors(
    tx: &mut Tx,
    listed: Listed<'_>,
    processor_subdir: &str,
) -> Result<u64, Error> {
    let sql = format!(
        "DELETE FROM import_error
         WHERE processor_subdir = $2
           AND NOT EXISTS (SELECT 1 FROM {} WHERE {})",
        rows(tx.engine(), "$1", "file text"),
        at_or_below("import_error.filename")
    );
    let kept = [listed.files, listed.unknown].concat();
    tx.query(sql)
        .bind(json_parameter(&named(&kept))?)
        .bind(processor_subdir)
        .execute()
        .await
}

/// Whether `column` is the path `v.file` or one below it.
fn at_or_below(column: &str) -> String {
    format!("({column} = v.file OR substr({column}, 1, length(v.file) + 1) = v.file || '/')")
}

#[derive(Serialize)]
struct File<'a> {
    file: &'a str,
}

fn named<'a>(files: &[&'a str]) -> Vec<File<'a>> {
    files.iter().map(|file| File { file }).collect()
}

/// A file, and the instant before which its DAGs must not have been seen last.
#[derive(Clone, Debug, Serialize)]
pub struct ParsedUntil<'a> {
    pub fileloc: &'a str,
    pub stale_before: DbTimestamp,
}

/// Deactivates DAGs that are no longer in files which were parsed again since, and deletes their
/// serialized forms. Returns their ids.
pub async fn deactivate_stale_dags(
    tx: &mut Tx,
    files: &[ParsedUntil<'_>],
    processor_subdir: &str,
) -> Result<Vec<String>, Error> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let engine = tx.engine();
    let stale: Vec<String> = tx
        .query(format!(
            "UPDATE dag
             SET is_active = FALSE
             WHERE is_active
               AND (processor_subdir IS NULL OR processor_subdir = $2)
               AND EXISTS (
                 SELECT 1 FROM {}
                 WHERE v.fileloc = dag.fileloc AND dag.last_parsed_time < v.stale_before)
             RETURNING dag_id",
            rows(engine, "$1", "fileloc text, stale_before timestamptz")
        ))
        .bind(json_parameter(files)?)
        .bind(processor_subdir)
        .fetch_scalars()
        .await?;
    if !stale.is_empty() {
        tx.query(format!(
            "DELETE FROM serialized_dag WHERE dag_id IN {}",
            texts(engine, "$1")
        ))
        .bind(json_parameter(&stale)?)
        .execute()
        .await?;
    }
    Ok(stale)
}

/// A DAG that was parsed with an unchanged result.
#[derive(Clone, Debug, Serialize)]
struct Heartbeat<'a> {
    dag_id: &'a str,
    parsed: DbTimestamp,
}

/// Sets `last_parsed_time`, never back.
pub async fn record_heartbeats(
    tx: &mut Tx,
    parsed: impl IntoIterator<Item = (&str, DbTimestamp)>,
) -> Result<(), Error> {
    let mut beats: Vec<Heartbeat<'_>> = parsed
        .into_iter()
        .map(|(dag_id, parsed)| Heartbeat { dag_id, parsed })
        .collect();
    // The order in which processors lock rows.
    beats.sort_by_key(|beat| beat.dag_id.to_owned());
    let sql = format!(
        "UPDATE dag
         SET last_parsed_time = v.parsed
         FROM {}
         WHERE dag.dag_id = v.dag_id
           AND (dag.last_parsed_time IS NULL OR dag.last_parsed_time < v.parsed)",
        rows(tx.engine(), "$1", "dag_id text, parsed timestamptz")
    );
    tx.query(sql)
        .bind(json_parameter(&beats)?)
        .execute()
        .await?;
    Ok(())
}

/// Whether there is anything for [`take_parsing_requests`]; takes no lock.
pub async fn has_parsing_requests<'c>(
    source: impl Source<'c>,
    folder: &str,
) -> Result<bool, Error> {
    let count: i64 = source
        .query(
            "SELECT COUNT(*)
             FROM dag_priority_parsing_request
             WHERE fileloc = $1 OR substr(fileloc, 1, length($2)) = $2",
        )
        .bind(folder)
        .bind(format!("{folder}/"))
        .fetch_scalar()
        .await?;
    Ok(count > 0)
}

/// Takes the requests to parse files at or below `folder` at once.
pub async fn take_parsing_requests(tx: &mut Tx, folder: &str) -> Result<Vec<String>, Error> {
    tx.query(
        "DELETE FROM dag_priority_parsing_request
         WHERE fileloc = $1 OR substr(fileloc, 1, length($2)) = $2
         RETURNING fileloc",
    )
    .bind(folder)
    .bind(format!("{folder}/"))
    .fetch_scalars()
    .await
}
