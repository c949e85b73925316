//! `dags pause` and `dags unpause`.

use anyhow::Context as _;
use regex::Regex;
use updraft_metadata_db::cli_queries;

use crate::{
    context::Context,
    output::{OutputArgs, Record, record},
    prompt,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// Take the DAG's id as a regular expression, which may match several
    #[arg(long)]
    treat_dag_id_as_regex: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Accepted for compatibility; DAGs are read from the metadata database
    #[arg(short = 'S', long, hide = true)]
    subdir: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context, is_paused: bool) -> anyhow::Result<()> {
        let db = context.database().await?;
        let dags = self.matching(cli_queries::dags_to_pause(&db, is_paused).await?)?;
        if dags.is_empty() {
            let kind = if is_paused { "unpaused" } else { "paused" };
            return context.print(&format!("No {kind} DAGs were found"));
        }
        if self.treat_dag_id_as_regex && !self.yes {
            let verb = if is_paused { "pause" } else { "unpause" };
            let question = format!(
                "You are about to {verb} {} DAGs:\n{}\n\nAre you sure? [y/n]",
                dags.len(),
                dags.join(",")
            );
            if !prompt::ask_yes_or_no(&question)? {
                return context.print("Operation cancelled by user");
            }
        }
        let mut tx = db.begin().await?;
        cli_queries::set_paused(&mut tx, &dags, is_paused).await?;
        tx.commit().await?;
        let rows: Vec<Record> = dags
            .into_iter()
            .map(|dag_id| record([("dag_id", dag_id.into()), ("is_paused", is_paused.into())]))
            .collect();
        context.print_rows(self.output.output, &rows)
    }

    fn matching(&self, dags: Vec<String>) -> anyhow::Result<Vec<String>> {
        if !self.treat_dag_id_as_regex {
            return Ok(dags.into_iter().filter(|dag| *dag == self.dag_id).collect());
        }
        let pattern = Regex::new(&self.dag_id)
            .with_context(|| format!("{:?} is not a regular expression", self.dag_id))?;
        Ok(dags
            .into_iter()
            .filter(|dag| pattern.is_match(dag))
            .collect())
    }
}
