//! `variables export`.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::Context as _;
use serde_json::Value as Json;
use updraft_core::python::dumps_indented;
use updraft_metadata_db::variable;

use super::value;
use crate::context::Context;

/// Write all Variables of the metadata database into a JSON file
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft variables export variables.json")]
pub(crate) struct Args {
    /// The file; `-` is standard output
    file: PathBuf,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let fernet = context.fernet()?;
        let db = context.database().await?;
        let variables = variable::list(&db).await?;
        let values: BTreeMap<String, Json> = variables
            .into_iter()
            .map(|variable| {
                let key = variable.key.clone();
                let text = value(&fernet, variable);
                let json =
                    text.map(|text| serde_json::from_str(&text).unwrap_or(Json::String(text)));
                (key, json.unwrap_or_default())
            })
            .collect();
        let count = values.len();
        let text = dumps_indented(&sorted(values.into_iter().collect()), 4);
        if self.file.as_os_str() == "-" {
            context.print(&text)?;
            tracing::warn!("{count} Variables successfully exported.");
            return Ok(());
        }
        let file = self.file.display();
        std::fs::write(&self.file, text).with_context(|| format!("cannot write {file}"))?;
        context.print(&format!(
            "{count} Variables successfully exported to {file}."
        ))
    }
}

/// With the keys of all objects in order.
fn sorted(json: Json) -> Json {
    match json {
        Json::Object(map) => {
            let map: BTreeMap<String, Json> = map.into_iter().collect();
            map.into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect()
        }
        Json::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}
