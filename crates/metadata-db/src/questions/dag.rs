//! What is stored about a DAG, also of another file.

use sqlx::FromRow;

use crate::{Error, Source};

#[derive(Clone, Debug, FromRow)]
pub struct AskedDag {
    pub fileloc: Option<String>,
    pub is_paused: bool,
    pub is_active: bool,
    /// The serialized DAG, JSON text, where it is stored without compression.
    pub data: Option<String>,
    /// zlib of the JSON text.
    pub data_compressed: Option<Vec<u8>>,
}

/// `None` for a DAG that nobody has heard of.
pub async fn dag<'c>(on: impl Source<'c>, dag_id: &str) -> Result<Option<AskedDag>, Error> {
    on.query(
        "SELECT d.fileloc, COALESCE(d.is_paused, FALSE) AS is_paused,
             COALESCE(d.is_active, FALSE) AS is_active, CAST(s.data AS text) AS data,
             s.data_compressed
         FROM dag d
         LEFT JOIN serialized_dag s ON s.dag_id = d.dag_id
         WHERE d.dag_id = $1",
    )
    .bind(dag_id)
    .fetch_optional()
    .await
}
