//! A DAG's definition, from its stored form.

use std::io::Read as _;

use anyhow::Context as _;
use flate2::read::ZlibDecoder;
use updraft_core::dag::Dag;
use updraft_metadata_db::{
    Db,
    cli_queries::{self, SerializedRow},
};
use updraft_serialized_dag::{
    Defaults,
    params::{Param, read_params},
};

use crate::{compose::serialized_dag_defaults, context::Context, dag_ids, failure::Failure};

/// The stored form of a DAG.
pub(crate) struct Stored {
    dag_id: String,
    dag_hash: String,
    text: String,
}

impl Stored {
    pub(crate) fn dag(&self, defaults: &Defaults) -> anyhow::Result<Dag> {
        updraft_serialized_dag::read_nested(&self.text, &self.dag_id, &self.dag_hash, defaults)
            .with_context(|| format!("the stored form of DAG {} cannot be read", self.dag_id))?
            .with_context(|| format!("the stored form of DAG {}'s parent has it not", self.dag_id))
    }

    /// The SubDAGs in the DAG.
    pub(crate) fn sub_dags(&self, defaults: &Defaults) -> anyhow::Result<Vec<Dag>> {
        let mut sub_dags =
            updraft_serialized_dag::read_sub_dags(&self.text, &self.dag_hash, defaults)
                .with_context(|| format!("the SubDAGs of DAG {} cannot be read", self.dag_id))?;
        // The stored form is the root's, which may have others.
        let prefix = format!("{}.", self.dag_id);
        sub_dags.retain(|sub_dag| sub_dag.dag_id.as_str().starts_with(&prefix));
        Ok(sub_dags)
    }

    /// The JSON text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn params(&self) -> anyhow::Result<Vec<Param>> {
        read_params(&self.text)
            .with_context(|| format!("the parameters of DAG {} cannot be read", self.dag_id))
    }
}

/// The DAG as it was parsed last.
pub(crate) async fn load(context: &Context, db: &Db, dag_id: &str) -> anyhow::Result<Dag> {
    let stored = require(context, db, dag_id).await?;
    stored.dag(&serialized_dag_defaults(&context.config))
}

/// What was stored of the DAG, or Airflow's words for its absence.
pub(crate) async fn require(context: &Context, db: &Db, dag_id: &str) -> anyhow::Result<Stored> {
    match stored(db, dag_id).await? {
        Some(stored) => Ok(stored),
        None => Err(not_stored(db, context.program, dag_id).await),
    }
}

/// What was stored of the DAG when it was parsed last.
pub(crate) async fn stored(db: &Db, dag_id: &str) -> anyhow::Result<Option<Stored>> {
    let Some(row) = cli_queries::serialized(db, dag_id).await? else {
        return Ok(None);
    };
    Ok(Some(Stored {
        dag_id: dag_id.to_owned(),
        dag_hash: row.dag_hash.clone(),
        text: json_text(row).with_context(|| format!("the stored form of DAG {dag_id}"))?,
    }))
}

pub(crate) async fn not_stored(db: &Db, program: &str, dag_id: &str) -> anyhow::Error {
    let message = format!(
        "Dag '{dag_id}' could not be found; either it does not exist or it failed to parse."
    );
    match dag_ids::hint(db, program, dag_id).await {
        Ok(hint) => {
            let errors = format!("`{program} dags list-import-errors` what failed to parse");
            let hint = format!("{hint}, {errors}");
            Failure::new(message).with_hint(hint).into()
        }
        Err(error) => error.into(),
    }
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
