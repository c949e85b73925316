//! `dags list-import-errors`.

use sqlx::FromRow;

use crate::{Error, Source};

#[derive(Clone, Debug, FromRow)]
pub struct ImportErrorRow {
    pub filename: Option<String>,
    pub stacktrace: Option<String>,
}

/// The errors of all DAG files, by file.
pub async fn import_errors<'c>(source: impl Source<'c>) -> Result<Vec<ImportErrorRow>, Error> {
    source
        .query(
            "SELECT filename, stacktrace
             FROM import_error
             ORDER BY filename, id",
        )
        .fetch_all()
        .await
}
