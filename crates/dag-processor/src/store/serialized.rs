//! Serialized forms: written only when the DAG differs.

use std::io::{Read, Write};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use updraft_metadata_db::{
    DbTimestamp, Error, Tx,
    dag_processing::{self as queries, SerializedDagWrite, StoredSerialized},
};

use super::{Store, equality::same_dag, permissions, plan::Planned, write::Outcome};
use crate::parsed::ParsedDag;

/// Writes the forms of the DAGs that have one and differ from what is stored.
pub(super) async fn write(
    tx: &mut Tx,
    planned: &[Planned<'_>],
    store: &Store,
    now: DbTimestamp,
) -> Result<Outcome, Error> {
    let subdir = store.options.processor_subdir.as_deref();
    let mut outcome = Outcome::default();
    let differing: Vec<&str> = planned
        .iter()
        .filter(|dag| {
            let stored = dag.stored.and_then(|row| row.serialized_hash.as_ref());
            stored.is_some() && dag.dag.dag_hash.as_ref() != stored
        })
        .map(|dag| dag.dag.columns.dag_id.as_str())
        .collect();
    let stored_forms = if differing.is_empty() {
        Vec::new()
    } else {
        queries::serialized_dags(&mut *tx, &differing).await?
    };
    let mut moved = Vec::new();
    let mut new = Vec::new();
    for Planned { dag, stored, .. } in planned {
        let Some(hash) = &dag.dag_hash else { continue };
        let dag_id = dag.columns.dag_id.as_str();
        let stored_hash = stored.and_then(|row| row.serialized_hash.as_ref());
        let is_equal = stored_hash == Some(hash)
            || stored_forms.iter().any(|form| {
                form.dag_id == dag_id && same_dag(&json_of(form).unwrap_or_default(), &dag.data)
            });
        if !is_equal {
            outcome.changed(dag_id);
            new.push((*dag, hash.as_str()));
            continue;
        }
        if let Some(stored_hash) = stored_hash
            && stored_hash != hash
        {
            let hashes = (hash.clone(), stored_hash.clone());
            outcome.equal.push((dag_id.to_owned(), hashes));
        }
        if stored.is_some_and(|row| row.serialized_subdir.as_deref() != subdir) {
            moved.push(dag_id);
        }
    }
    queries::move_serialized_dags(tx, &moved, subdir).await?;
    write_forms(tx, &new, store, now).await?;
    let new: Vec<&ParsedDag> = new.into_iter().map(|(dag, _)| dag).collect();
    permissions::write(tx, &new).await?;
    Ok(outcome)
}

/// Of each DAG with its hash.
async fn write_forms(
    tx: &mut Tx,
    dags: &[(&ParsedDag, &str)],
    store: &Store,
    now: DbTimestamp,
) -> Result<(), Error> {
    let is_compressed = store.options.compress_serialized_dags;
    let contents: Vec<_> = dags
        .iter()
        .map(|(dag, _)| {
            let text = (!is_compressed).then(|| String::from_utf8_lossy(&dag.data));
            (text, is_compressed.then(|| compress(&dag.data)))
        })
        .collect();
    let forms: Vec<SerializedDagWrite<'_>> = dags
        .iter()
        .zip(&contents)
        .map(|((dag, dag_hash), (text, compressed))| SerializedDagWrite {
            dag_id: &dag.columns.dag_id,
            fileloc: &dag.columns.fileloc,
            dag_hash,
            data: text.as_deref(),
            data_compressed: compressed.as_deref(),
        })
        .collect();
    let subdir = store.options.processor_subdir.as_deref();
    queries::write_serialized_dags(tx, &forms, subdir, now).await
}

fn json_of(form: &StoredSerialized) -> Option<Vec<u8>> {
    if let Some(text) = &form.data {
        return Some(text.clone().into_bytes());
    }
    let mut json = Vec::new();
    ZlibDecoder::new(form.data_compressed.as_deref()?)
        .read_to_end(&mut json)
        .ok()?;
    Some(json)
}

fn compress(json: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(json);
    encoder.finish().unwrap_or_default()
}
