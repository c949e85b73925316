//! `pools export`.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Map, json};
use updraft_core::python::dumps_indented;
use updraft_metadata_db::slot_pool;

use crate::context::Context;

/// Write all pools into a JSON file
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft pools export pools.json")]
pub(crate) struct Args {
    /// The file
    file: PathBuf,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let pools = slot_pool::list(&db).await?;
        let count = pools.len();
        let entries: Map<_, _> = pools
            .into_iter()
            .map(|pool| {
                let entry = json!({
                    "description": pool.description,
                    "include_deferred": pool.include_deferred,
                    "slots": pool.slots,
                });
                (pool.pool, entry)
            })
            .collect();
        let file = self.file.display();
        std::fs::write(&self.file, dumps_indented(&entries.into(), 4))
            .with_context(|| format!("cannot write {file}"))?;
        context.print(&format!("Exported {count} pools to {file}"))
    }
}
