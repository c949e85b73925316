//! A DAG's definition, from its stored form.

use std::io::Read as _;

use anyhow::Context as _;
use flate2::read::ZlibDecoder;
use updraft_core::dag::Dag;
use updraft_metadata_db::{
    Db,
    cli_queries::{self, SerializedRow},
};
use updraft_serialized_dag::params::{Param, read_params};

use crate::{compose::serialized_dag_defaults, context::Context, failure::Failure};

/// The stored form of a DAG.
pub(crate) struct Stored {
    dag_id: String,
    dag_hash: String,
    text: String,
}

impl Stored {
    pub(crate) fn dag(&self, context: &Context) -> anyhow::Result<Dag> {
        let defaults = serialized_dag_defaults(&context.config);
        updraft_serialized_dag::read_nested(&self.text, &self.dag_id, &self.dag_hash, &defaults)
            .with_context(|| format!("the stored form of DAG {} cannot be read", self.dag_id))?
            .with_context(|| format!("the stored form of DAG {}'s parent has it not", self.dag_id))
    }

    pub(crate) fn params(&self) -> anyhow::Result<Vec<Param>> {
        read_params(&self.text)
            .with_context(|| format!("the parameters of DAG {} cannot be read", self.dag_id))
    }
}

/// The DAG as it was parsed last.
pub(crate) async fn load(context: &Context, db: &Db, dag_id: &str) -> anyhow::Result<Dag> {
    stored(context, db, dag_id).await?.dag(context)
}

/// What was stored of the DAG when it was parsed last.
pub(crate) async fn stored(context: &Context, db: &Db, dag_id: &str) -> anyhow::Result<Stored> {
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
    Ok(Stored {
        dag_id: dag_id.to_owned(),
        dag_hash: row.dag_hash.clone(),
        text: json_text(row).with_context(|| format!("the stored form of DAG {dag_id}"))?,
    })
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
