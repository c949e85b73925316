//! `import_error`.

use serde::Serialize;
use sqlx::FromRow;

use super::rows::rows;
use crate::{DbTimestamp, Engine, Error, JsonText, Source, Tx, json_parameter};

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, FromRow)]
pub struct ImportError {
    /// The DAG file, or a member of an archive.
    pub filename: String,
    pub stacktrace: String,
}

/// Names with an error that are `file` itself or a member of that archive.
pub async fn known_import_errors<'c>(
    source: impl Source<'c>,
    file: &str,
) -> Result<Vec<String>, Error> {
    source
        .query(
            "SELECT DISTINCT filename
             FROM import_error
             WHERE filename = $1 OR substr(filename, 1, length($2)) = $2",
        )
        .bind(file)
        .bind(format!("{file}/"))
        .fetch_scalars()
        .await
}

/// Names with an error.
pub async fn import_error_names<'c>(source: impl Source<'c>) -> Result<Vec<String>, Error> {
    source
        .query("SELECT DISTINCT filename FROM import_error WHERE filename IS NOT NULL")
        .fetch_scalars()
        .await
}

/// The errors of `files` and of the members of such archives.
pub async fn stored_import_errors<'c>(
    source: impl Source<'c>,
    files: &[&str],
) -> Result<Vec<ImportError>, Error> {
    let sql = format!(
        "SELECT filename, stacktrace FROM import_error WHERE {}",
        of_files(source.engine(), "$1")
    );
    source.query(sql).bind(file_rows(files)?).fetch_all().await
}

/// A DAG that was marked for an error of its file.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Failing {
    pub dag_id: String,
    pub fileloc: String,
}

/// Makes `errors` the errors of `files` and of their members, and marks the DAGs of files with an
/// error. A row that exists keeps its id and its `processor_subdir`. Returns the DAGs that were not
/// marked before.
pub async fn write_import_errors(
    tx: &mut Tx,
    files: &[&str],
    errors: &[&ImportError],
    processor_subdir: Option<&str>,
    now: DbTimestamp,
) -> Result<Vec<Failing>, Error> {
    forget_others(tx, files, errors).await?;
    if errors.is_empty() {
        return Ok(Vec::new());
    }
    upsert(tx, errors, processor_subdir, now).await?;
    mark_dags(tx, errors).await
}

/// Of the errors as rows of a parameter.
const COLUMNS: &str = "filename text, stacktrace text";

async fn forget_others(tx: &mut Tx, files: &[&str], errors: &[&ImportError]) -> Result<(), Error> {
    let engine = tx.engine();
    let sql = format!(
        "DELETE FROM import_error
         WHERE {}
           AND NOT EXISTS (SELECT 1 FROM {} WHERE v.filename = import_error.filename)",
        of_files(engine, "$1"),
        rows(engine, "$2", COLUMNS)
    );
    tx.query(sql)
        .bind(file_rows(files)?)
        .bind(json_parameter(errors)?)
        .execute()
        .await?;
    Ok(())
}

/// Whether a row is about one of the files in `parameter`, or about a member of such an archive.
fn of_files(engine: Engine, parameter: &str) -> String {
    format!(
        "EXISTS (
             SELECT 1 FROM {}
             WHERE import_error.filename = v.file
                OR substr(import_error.filename, 1, length(v.file) + 1) = v.file || '/')",
        rows(engine, parameter, "file text")
    )
}

fn file_rows(files: &[&str]) -> Result<JsonText, Error> {
    #[derive(Serialize)]
    struct Parameter<'a> {
        file: &'a str,
    }
    let files: Vec<Parameter<'_>> = files.iter().map(|file| Parameter { file }).collect();
    json_parameter(&files)
}

/// No unique index tells which rows exist, so this takes two statements.
async fn upsert(
    tx: &mut Tx,
    errors: &[&ImportError],
    processor_subdir: Option<&str>,
    now: DbTimestamp,
) -> Result<(), Error> {
    let errors_as_rows = rows(tx.engine(), "$1", COLUMNS);
    let sql = format!(
        "UPDATE import_error
         SET stacktrace = v.stacktrace, timestamp = $2
         FROM {errors_as_rows}
         WHERE v.filename = import_error.filename"
    );
    tx.query(sql)
        .bind(json_parameter(errors)?)
        .bind(now)
        .execute()
        .await?;
    let sql = format!(
        "INSERT INTO import_error (timestamp, filename, stacktrace, processor_subdir)
         SELECT $2, v.filename, v.stacktrace, $3 FROM {errors_as_rows}
         WHERE NOT EXISTS (SELECT 1 FROM import_error e WHERE e.filename = v.filename)"
    );
    tx.query(sql)
        .bind(json_parameter(errors)?)
        .bind(now)
        .bind(processor_subdir)
        .execute()
        .await?;
    Ok(())
}

async fn mark_dags(tx: &mut Tx, errors: &[&ImportError]) -> Result<Vec<Failing>, Error> {
    let sql = format!(
        "UPDATE dag
         SET has_import_errors = TRUE
         WHERE COALESCE(has_import_errors, FALSE) = FALSE
           AND EXISTS (
             SELECT 1 FROM {}
             WHERE dag.fileloc = v.filename
                OR substr(dag.fileloc, 1, length(v.filename) + 1) = v.filename || '/')
         RETURNING dag_id, fileloc",
        rows(tx.engine(), "$1", COLUMNS)
    );
    tx.query(sql)
        .bind(json_parameter(errors)?)
        .fetch_all()
        .await
}
