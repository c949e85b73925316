//! What is written about options: Airflow's own text where apache-airflow is installed, and ours.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde::Deserialize;
use tokio::process::Command;

use crate::{compose::interpreter, context::Context};

/// Reads the file that describes Airflow's options.
const SCRIPT: &str = include_str!("airflow_options.py");

/// Has a table of the options of `[updraft]`.
const OWN: &str = include_str!("../../../../../docs/configuration.md");

#[derive(Debug, Default, Deserialize)]
pub(super) struct Section {
    pub description: Option<String>,
    options: Option<BTreeMap<String, Described>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Described {
    pub description: Option<String>,
    pub example: Option<serde_json::Value>,
}

#[derive(Debug, Default)]
pub(super) struct Descriptions(BTreeMap<String, Section>);

impl Descriptions {
    /// Where there is no apache-airflow, only ours are known, which is said.
    pub(super) async fn load(context: &Context) -> Self {
        let mut sections = match of_airflow(context).await {
            Ok(Some(sections)) => sections,
            Ok(None) => {
                tracing::warn!(
                    "descriptions and examples of Airflow's options come with apache-airflow, which the \
                     configured Python does not have: see https://airflow.apache.org/docs/apache-airflow/2.10.5/configurations-ref.html"
                );
                BTreeMap::new()
            }
            Err(error) => {
                tracing::warn!("descriptions of Airflow's options cannot be read: {error:#}");
                BTreeMap::new()
            }
        };
        sections.insert("updraft".to_owned(), own());
        Self(sections)
    }

    pub(super) fn section(&self, name: &str) -> Option<&Section> {
        self.0.get(name)
    }

    pub(super) fn option(&self, section: &str, key: &str) -> Option<&Described> {
        self.section(section)?.options.as_ref()?.get(key)
    }
}

async fn of_airflow(context: &Context) -> anyhow::Result<Option<BTreeMap<String, Section>>> {
    let python = interpreter(context)?;
    let output = Command::new(&python)
        .args(["-c", SCRIPT])
        .output()
        .await
        .with_context(|| format!("cannot start {}", python.display()))?;
    if !output.status.success() {
        let trace = String::from_utf8_lossy(&output.stderr);
        anyhow::bail!(
            "{}",
            trace.trim().lines().last().unwrap_or_default().to_owned()
        );
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The rows of the table: name, default, description.
fn own() -> Section {
    let table = OWN.split("\n## `[updraft]`\n").nth(1).unwrap_or_default();
    let rows = table
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with("| `"));
    let options = rows.filter_map(|row| {
        let mut cells = row.trim_matches('|').split(" | ").map(str::trim);
        let (name, _, description) = (cells.next()?, cells.next()?, cells.next()?);
        let described = Described {
            description: Some(description.to_owned()),
            example: None,
        };
        Some((name.trim_matches('`').to_owned(), described))
    });
    Section {
        description: None,
        options: Some(options.collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_own_option_is_described() {
        let section = own();
        let own = updraft_config::options::all()
            .iter()
            .filter(|option| option.section == "updraft");
        for option in own {
            let described = section.options.as_ref().unwrap().get(option.key);
            let text = described.and_then(|described| described.description.as_ref());
            assert!(text.is_some_and(|text| text.len() > 10), "{}", option.key);
        }
    }
}
