//! `dags list-import-errors`.

use updraft_metadata_db::cli_queries;

use crate::{
    context::Context,
    failure::Failure,
    output::{OutputArgs, Record, record},
};

/// List the DAG files that could not be imported; the exit code tells whether there are any
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft dags list-import-errors -o plain")]
pub(crate) struct Args {
    /// Only this file, or the files of this folder
    #[arg(short = 'S', long, value_name = "PATH")]
    subdir: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let errors = cli_queries::import_errors(&db).await?;
        let rows: Vec<Record> = errors
            .into_iter()
            .filter(|error| {
                let path = std::path::Path::new(error.filename.as_deref().unwrap_or_default());
                let subdir = self.subdir.as_ref();
                subdir.is_none_or(|subdir| path.starts_with(subdir))
            })
            .map(|error| {
                record([
                    ("filepath", error.filename.into()),
                    ("error", error.stacktrace.into()),
                ])
            })
            .collect();
        context.print_rows(self.output.output, &rows)?;
        if rows.is_empty() {
            Ok(())
        } else {
            Err(Failure::silent(1).into())
        }
    }
}
