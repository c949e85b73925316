//! The stored form of one DAG.

use sqlx::FromRow;

use crate::{Error, Source, Tx};

/// Exactly one of `data` and `data_compressed` is there.
#[derive(Clone, Debug, FromRow)]
pub struct SerializedRow {
    pub dag_hash: String,
    /// JSON text.
    pub data: Option<String>,
    /// zlib of the JSON text.
    pub data_compressed: Option<Vec<u8>>,
}

/// That of the DAG, or of the DAG in which it is a SubDAG.
pub async fn serialized<'c>(
    source: impl Source<'c>,
    dag_id: &str,
) -> Result<Option<SerializedRow>, Error> {
    source
        .query(
            "SELECT dag_hash, CAST(data AS text) AS data, data_compressed
             FROM serialized_dag
             WHERE dag_id = COALESCE((SELECT root_dag_id FROM dag WHERE dag_id = $1), $1)",
        )
        .bind(dag_id)
        .fetch_optional()
        .await
}

/// `dags reserialize` begins by forgetting all stored forms.
pub async fn delete_serialized(tx: &mut Tx) -> Result<u64, Error> {
    tx.query("DELETE FROM serialized_dag").execute().await
}
