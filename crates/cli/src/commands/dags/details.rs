//! `dags details`.

use updraft_metadata_db::cli_queries;

use super::{columns::columns, existing};
use crate::{
    context::Context,
    output::{OutputArgs, OutputFormat, by_property},
};

/// Show all about a DAG
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft dags details etl -o yaml")]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let dag = existing(context, &db, &self.dag_id).await?;
        let tags = cli_queries::tags(&db).await?;
        let tags: Vec<&str> = tags
            .iter()
            .filter(|(dag_id, _)| *dag_id == dag.dag_id)
            .map(|(_, tag)| tag.as_str())
            .collect();
        let columns = columns(&dag, &tags, context.config.webserver.secret_key.expose());
        let rows = match self.output.output {
            OutputFormat::Table | OutputFormat::Plain => by_property(columns),
            OutputFormat::Json | OutputFormat::Yaml => vec![columns],
        };
        context.print_rows(self.output.output, &rows)
    }
}
