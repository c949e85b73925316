//! `variables import`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};
use updraft_core::python::repr;
use updraft_metadata_db::variable;
use updraft_secrets::yaml;

use super::{row, serialized};
use crate::{context::Context, failure::Failure};

/// Set Variables from a JSON or YAML file
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft variables import variables.json -a skip")]
pub(crate) struct Args {
    /// A file with one JSON object, or with one YAML map if its name ends with .yaml or .yml
    file: PathBuf,
    /// What to do about a key that is there already
    #[arg(
        short,
        long,
        value_enum,
        default_value = "overwrite",
        value_name = "ACTION"
    )]
    action_on_existing_key: Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Action {
    Overwrite,
    Fail,
    Skip,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let values = read(&self.file)?;
        let fernet = context.fernet()?;
        let db = context.database().await?;
        let mut tx = db.begin().await?;
        let existing: Vec<String> = variable::list(&mut tx)
            .await?
            .into_iter()
            .map(|variable| variable.key)
            .filter(|key| values.contains_key(key))
            .collect();
        let names = repr(
            &existing
                .iter()
                .map(|key| Json::from(key.as_str()))
                .collect(),
        );
        if self.action_on_existing_key == Action::Fail && !existing.is_empty() {
            let message = format!("Failed. These keys: {names} already exists.");
            return Err(Failure::new(message).into());
        }
        let skips = self.action_on_existing_key == Action::Skip;
        let mut count = 0;
        for (key, value) in &values {
            if skips && existing.contains(key) {
                continue;
            }
            let text = match value {
                Json::String(text) => text.clone(),
                other => serialized(other),
            };
            variable::set(&mut tx, &row(&fernet, key, &text, None)).await?;
            count += 1;
        }
        tx.commit().await?;
        let all = values.len();
        context.print(&format!("{count} of {all} variables successfully updated."))?;
        if skips && !existing.is_empty() {
            context.print(&format!(
                "The variables with these keys: {names} were skipped because they already exists"
            ))?;
        }
        Ok(())
    }
}

fn read(file: &Path) -> Result<Map<String, Json>, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| invalid("Missing variables file.", file, &error.to_string()))?;
    let form = file.extension().and_then(|form| form.to_str());
    let values = match form.map(str::to_lowercase).as_deref() {
        Some("yaml" | "yml") => yaml::load(&text).map_err(|error| error.to_string()),
        _ => serde_json::from_str(&text).map_err(|error| error.to_string()),
    };
    match values {
        Ok(Json::Object(values)) => Ok(values),
        Ok(_) => Err("it has no names with values".to_owned()),
        Err(error) => Err(error),
    }
    .map_err(|error| invalid("Invalid variables file.", file, &error))
}

/// Airflow's words, and what is wrong.
fn invalid(message: &str, file: &Path, error: &str) -> Failure {
    Failure::new(message).with_hint(format!("{}: {error}", file.display()))
}
