//! `dags list`.

use std::collections::BTreeMap;

use updraft_metadata_db::cli_queries;

use super::columns::columns;
use crate::{
    context::Context,
    output::{OutputArgs, Record},
};

const DEFAULT_COLUMNS: &str = "dag_id,fileloc,owners,is_paused";

/// List the DAGs
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft dags list --columns dag_id,next_dagrun,tags -o yaml")]
pub(crate) struct Args {
    /// Only DAGs of this file or folder
    #[arg(short = 'S', long, value_name = "PATH")]
    subdir: Option<String>,
    /// What to show of each DAG
    #[arg(long, value_delimiter = ',', default_value = DEFAULT_COLUMNS)]
    columns: Vec<String>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let dags = cli_queries::dags(&db).await?;
        let tags = cli_queries::tags(&db).await?;
        let has_errors = !cli_queries::import_errors(&db).await?.is_empty();
        let mut tags_of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (dag_id, tag) in &tags {
            tags_of.entry(dag_id).or_default().push(tag);
        }
        let secret_key = context.config.webserver.secret_key.expose();
        let rows: Vec<Record> = dags
            .into_iter()
            .filter(|dag| self.is_wanted(dag.fileloc.as_deref()))
            .map(|dag| {
                let tags = tags_of.get(dag.dag_id.as_str());
                columns(&dag, tags.map_or(&[], Vec::as_slice), secret_key)
            })
            .collect();
        if let Some(first) = rows.first() {
            self.warn_of_unknown_columns(first);
        }
        if has_errors {
            tracing::error!(
                "Failed to load all files. For details, run `{} dags list-import-errors`",
                context.program
            );
        }
        let rows: Vec<Record> = rows.iter().map(|row| self.chosen(row)).collect();
        context.print_rows(self.output.output, &rows)
    }

    fn is_wanted(&self, fileloc: Option<&str>) -> bool {
        let path = std::path::Path::new(fileloc.unwrap_or_default());
        self.subdir
            .as_ref()
            .is_none_or(|subdir| path.starts_with(subdir))
    }

    fn chosen(&self, row: &Record) -> Record {
        let find = |name: &String| row.iter().find(|(column, _)| column == name).cloned();
        self.columns.iter().filter_map(find).collect()
    }

    fn warn_of_unknown_columns(&self, row: &Record) {
        let known: Vec<&str> = row.iter().map(|(column, _)| column.as_str()).collect();
        let unknown: Vec<&str> = self
            .columns
            .iter()
            .map(String::as_str)
            .filter(|column| !known.contains(column))
            .collect();
        if !unknown.is_empty() {
            tracing::error!(
                "Ignoring the following invalid columns: {unknown:?}. List of valid columns: {}",
                known.join(", ")
            );
        }
    }
}
