//! `dags state`.

use updraft_core::python::dumps;
use updraft_metadata_db::{
    cli_queries,
    pickle::{self, Value},
};

use super::existing;
use crate::{context::Context, date};

/// Show the state of a run, and its configuration if it has one
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft dags state etl 2024-01-31")]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// The logical date of the run
    execution_date: String,
    /// Accepted for compatibility; DAGs are read from the metadata database
    #[arg(short = 'S', long, hide = true)]
    subdir: Option<String>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let zone = &context.default_timezone()?;
        let execution_date = date::parse(&self.execution_date, zone)?;
        let db = context.database().await?;
        existing(context, &db, &self.dag_id).await?;
        let run = cli_queries::run_at(&db, &self.dag_id, execution_date).await?;
        let Some(run) = run else {
            return context.print("None");
        };
        let state = run.state.unwrap_or_else(|| "None".to_owned());
        let conf = run.conf.and_then(|conf| text_of(&conf));
        match conf {
            Some(conf) => context.print(&format!("{state}, {conf}")),
            None => context.print(&state),
        }
    }
}

/// The configuration as JSON; nothing where it is empty or not of plain types.
fn text_of(conf: &[u8]) -> Option<String> {
    match pickle::read(conf).ok()? {
        Value::None => None,
        Value::Dict(items) if items.is_empty() => None,
        value => value.to_json().map(|json| dumps(&json)),
    }
}
