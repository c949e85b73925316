//! A DAG's definition, from its stored form.

use std::io::Read as _;

use anyhow::Context as _;
use flate2::read::ZlibDecoder;
use updraft_core::dag::Dag;
use updraft_metadata_db::{
    Db,
    cli_queries::{self, SerializedRow},
};

use crate::{compose::serialized_dag_defaults, context::Context, failure::Failure};

/// The DAG as it was parsed last.
pub(crate) async fn load(context: &Context, db: &Db, dag_id: &str) -> anyhow::Result<Dag> {
    let Some(row) = cli_queries::serialized(db, dag_id).await? else {
        let message = format!(
            "Dag '{dag_id}' could not be found; either it does not exist or it failed to parse."
        );
        let hint = format!(
            "`{0} dags list` lists the DAGs, `{0} dags list-import-errors` what failed to parse",
            context.program
        );
        return Err(Failure::new(message).with_hint(hint).into());
    };
    let hash = row.dag_hash.clone();
    let text = json_text(row).with_context(|| format!("the stored form of DAG {dag_id}"))?;
    updraft_serialized_dag::read(&text, &hash, &serialized_dag_defaults(&context.config))
        .with_context(|| format!("the stored form of DAG {dag_id} cannot be read"))
}

fn json_text(row: SerializedRow) -> anyhow::Result<String> {
    if let Some(text) = row.data {
        return Ok(text);
    }
    let bytes = row.data_compressed.unwrap_or_default();
    let mut text = String::new();
    ZlibDecoder::new(bytes.as_slice())
        .read_to_string(&mut text)
        .context("cannot be decompressed")?;
    Ok(text)
}
