//! `dags pause` and `dags unpause`.

use anyhow::Context as _;
use regex::Regex;
use updraft_metadata_db::{Db, cli_queries};

use crate::{
    context::Context,
    dag_ids,
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
            self.explain(context, &db, kind).await?;
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

    /// Why nothing was found. It is no failure, as in Airflow.
    async fn explain(&self, context: &Context, db: &Db, kind: &str) -> anyhow::Result<()> {
        if self.treat_dag_id_as_regex {
            tracing::warn!(
                "no DAG that is {kind} has an id that matches {:?}",
                self.dag_id
            );
            return Ok(());
        }
        if cli_queries::dag(db, &self.dag_id).await?.is_some() {
            tracing::warn!("{} is not {kind}", self.dag_id);
        } else {
            let hint = dag_ids::hint(db, context.program, &self.dag_id).await?;
            tracing::warn!("there is no DAG {}; {hint}", self.dag_id);
        }
        Ok(())
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
