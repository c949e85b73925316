//! `variables get`.

use serde_json::Value as Json;
use updraft_core::python::repr;
use updraft_metadata_db::variable;

use super::value;
use crate::{context::Context, failure::Failure};

/// Show the value of a Variable, from the first source that has it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft variables get bucket --default none")]
pub(crate) struct Args {
    /// Key of the Variable
    key: String,
    /// What to show where there is none
    #[arg(short, long, value_name = "TEXT")]
    default: Option<String>,
    /// Read the value as JSON, and show it as Python does
    #[arg(short, long)]
    json: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let key = &self.key;
        let backends = context.secrets_backends()?;
        let metastore = async || {
            let db = context.database().await?;
            let found = variable::get(&db, key).await?;
            let fernet = context.fernet()?;
            anyhow::Ok(found.and_then(|found| value(&fernet, found)))
        };
        let Some(text) = backends.variable(key, metastore).await? else {
            let missing = || Failure::new(format!("Variable {key} does not exist"));
            return context.print(&self.default.ok_or_else(missing)?);
        };
        if !self.json {
            return context.print(&text);
        }
        let json: Json = serde_json::from_str(&text)
            .map_err(|error| Failure::new(format!("Variable {key} is not JSON: {error}")))?;
        context.print(&match json {
            Json::String(text) => text,
            other => repr(&other),
        })
    }
}
