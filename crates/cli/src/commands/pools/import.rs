//! `pools import`.

use std::path::PathBuf;

use serde_json::{Map, Value as Json};
use updraft_metadata_db::slot_pool::{self, Pool};

use super::require_name;
use crate::{context::Context, failure::Failure};

/// Make or change pools from a JSON file
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  updraft pools import pools.json\n\nThe file:\n  {\"warehouse\": {\"slots\": 8, \
                  \"description\": \"\", \"include_deferred\": false}}"
)]
pub(crate) struct Args {
    /// A file with one JSON object
    file: PathBuf,
}

impl Args {
    /// What can be read is written even if another entry cannot, as in Airflow.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let file = self.file.display();
        let text = std::fs::read_to_string(&self.file)
            .map_err(|_| Failure::new(format!("Missing pools file {file}")))?;
        let entries: Map<String, Json> = serde_json::from_str(&text)
            .map_err(|error| Failure::new(format!("Invalid json file: {error}")))?;
        let (mut pools, mut failed) = (Vec::new(), Vec::new());
        for (name, entry) in &entries {
            require_name(name)?;
            match pool(name, entry) {
                Some(pool) => pools.push(pool),
                None => failed.push(name.as_str()),
            }
        }
        let db = context.database().await?;
        let mut tx = db.begin().await?;
        for pool in &pools {
            slot_pool::set(&mut tx, pool).await?;
        }
        tx.commit().await?;
        if !failed.is_empty() {
            let message = format!("Failed to update pool(s): {}", failed.join(", "));
            return Err(Failure::new(message).into());
        }
        context.print(&format!("Uploaded {} pool(s)", pools.len()))
    }
}

fn pool(name: &str, entry: &Json) -> Option<Pool> {
    let slots = entry.get("slots")?;
    let number = slots
        .as_i64()
        .or_else(|| slots.as_str().and_then(|text| text.trim().parse().ok()))?;
    let description = entry.get("description")?.as_str().map(str::to_owned);
    let include_deferred = entry.get("include_deferred").and_then(Json::as_bool);
    Some(Pool {
        pool: name.to_owned(),
        slots: i32::try_from(number).ok()?,
        description,
        include_deferred: include_deferred.unwrap_or_default(),
    })
}
