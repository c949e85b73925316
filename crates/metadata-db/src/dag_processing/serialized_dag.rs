//! `serialized_dag`.

use serde::Serialize;
use sqlx::FromRow;

use super::rows::{json, rows, texts};
use crate::{DbTimestamp, Engine, Error, Source, Tx, hash::fileloc_hash, json_parameter};

/// A stored serialized form. Exactly one of `data` and `data_compressed` is there.
#[derive(Clone, Debug, FromRow)]
pub struct StoredSerialized {
    pub dag_id: String,
    /// JSON text.
    pub data: Option<String>,
    /// zlib of the JSON text.
    pub data_compressed: Option<Vec<u8>>,
}

pub async fn serialized_dags<'c>(
    source: impl Source<'c>,
    dag_ids: &[&str],
) -> Result<Vec<StoredSerialized>, Error> {
    let sql = format!(
        "SELECT dag_id, CAST(data AS text) AS data, data_compressed
         FROM serialized_dag
         WHERE dag_id IN {}",
        texts(source.engine(), "$1")
    );
    source
        .query(sql)
        .bind(json_parameter(dag_ids)?)
        .fetch_all()
        .await
}

/// A serialized form to be stored.
#[derive(Clone, Debug)]
pub struct SerializedDagWrite<'a> {
    pub dag_id: &'a str,
    pub fileloc: &'a str,
    pub dag_hash: &'a str,
    pub data: Option<&'a str>,
    pub data_compressed: Option<&'a [u8]>,
}

/// Inserts or replaces the serialized forms.
pub async fn write_serialized_dags(
    tx: &mut Tx,
    dags: &[SerializedDagWrite<'_>],
    processor_subdir: Option<&str>,
    now: DbTimestamp,
) -> Result<(), Error> {
    #[derive(Serialize)]
    struct Parameter<'a> {
        dag_id: &'a str,
        fileloc: &'a str,
        fileloc_hash: i64,
        dag_hash: &'a str,
        data: Option<&'a str>,
        compressed: Option<String>,
    }
    if dags.is_empty() {
        return Ok(());
    }
    let parameters: Vec<Parameter<'_>> = dags
        .iter()
        .map(|dag| Parameter {
            dag_id: dag.dag_id,
            fileloc: dag.fileloc,
            fileloc_hash: fileloc_hash(dag.fileloc),
            dag_hash: dag.dag_hash,
            data: dag.data,
            compressed: dag.data_compressed.map(hex),
        })
        .collect();
    let engine = tx.engine();
    let sql = format!(
        "INSERT INTO serialized_dag (
             dag_id, fileloc, fileloc_hash, data, data_compressed, last_updated, dag_hash,
             processor_subdir)
         SELECT v.dag_id, v.fileloc, v.fileloc_hash, {}, {}, $2, v.dag_hash, $3
         FROM {}
         WHERE TRUE
         ON CONFLICT (dag_id) DO UPDATE
         SET fileloc = excluded.fileloc,
             fileloc_hash = excluded.fileloc_hash,
             data = excluded.data,
             data_compressed = excluded.data_compressed,
             last_updated = excluded.last_updated,
             dag_hash = excluded.dag_hash,
             processor_subdir = excluded.processor_subdir",
        json(engine, "v.data"),
        match engine {
            Engine::Postgres => "decode(v.compressed, 'hex')",
            Engine::Sqlite => "unhex(v.compressed)",
        },
        rows(
            engine,
            "$1",
            "dag_id text, fileloc text, fileloc_hash bigint, dag_hash text, data text, \
             compressed text"
        )
    );
    tx.query(sql)
        .bind(json_parameter(&parameters)?)
        .bind(now)
        .bind(processor_subdir)
        .execute()
        .await?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Makes this processor's folder the owner of forms that are otherwise equal. `last_updated` stays:
/// no scheduler needs to read them again.
pub async fn move_serialized_dags(
    tx: &mut Tx,
    dag_ids: &[&str],
    processor_subdir: Option<&str>,
) -> Result<(), Error> {
    if dag_ids.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "UPDATE serialized_dag SET processor_subdir = $2 WHERE dag_id IN {}",
        texts(tx.engine(), "$1")
    );
    tx.query(sql)
        .bind(json_parameter(dag_ids)?)
        .bind(processor_subdir)
        .execute()
        .await?;
    Ok(())
}

/// Deletes every serialized form. Returns how many there were.
pub async fn delete_serialized_dags(tx: &mut Tx) -> Result<u64, Error> {
    tx.query("DELETE FROM serialized_dag").execute().await
}
