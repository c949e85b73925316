//! `dags test`.

use std::path::PathBuf;

use anyhow::Context as _;
use regex::Regex;
use updraft_core::{planner::RunKey, state::DagRunState};

use crate::{
    conf::read_conf,
    context::Context,
    date,
    failure::Failure,
    paint::Paint,
    trial::{
        Drive, Found, Session, SessionOptions, Wanted, add_others, begin, drive, find, left_out,
        print_summary, require_some,
    },
};

/// Run a DAG once, here and to its end, and show its logs
///
/// The DAG is read from its file and need not be known to a scheduler. Its tasks run as they always do,
/// one at a time, on a database that is made for this and thrown away: it has copies of the Variables,
/// Connections and pools, and nothing is kept. Ends with 1 where the run failed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  updraft dags test etl\n  updraft dags test etl 2024-01-31 -S dags/etl.py --conf '{\"full\": true}'"
)]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// Logical date of the run; by default now
    execution_date: Option<String>,
    /// Configuration of the run, a JSON object
    #[arg(short, long, value_name = "JSON")]
    conf: Option<String>,
    /// File or folder to look for the DAG in; by default the DAG folder
    #[arg(short = 'S', long, value_name = "PATH")]
    subdir: Option<String>,
    /// Do not run the tasks whose names match this regular expression, let them succeed
    #[arg(long, value_name = "REGEX")]
    mark_success_pattern: Option<String>,
    /// Run as many tasks at a time as [core] parallelism says
    #[arg(long)]
    use_executor: bool,
    /// Connections of this JSON or YAML file go before all others
    #[arg(long, value_name = "FILE")]
    connections_file: Option<PathBuf>,
    /// Variables of this JSON or YAML file go before all others
    #[arg(long, value_name = "FILE")]
    variables_file: Option<PathBuf>,
    #[command(flatten)]
    diagram: Diagram,
}

/// Options of stock that draw with Graphviz.
#[derive(Debug, clap::Args)]
struct Diagram {
    #[arg(long = "show-dagrun", hide = true)]
    show: bool,
    #[arg(long = "imgcat-dagrun", hide = true)]
    imgcat: bool,
    #[arg(long = "save-dagrun", hide = true, value_name = "FILE")]
    save: Option<String>,
}

impl Diagram {
    fn check(&self, dag_id: &str, program: &str) -> Result<(), Failure> {
        let given = [
            ("--show-dagrun", self.show),
            ("--imgcat-dagrun", self.imgcat),
            ("--save-dagrun", self.save.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Failure::new(format!("{option} is not supported")).with_hint(
                format!(
                    "the states are listed at the end; `{program} tasks list {dag_id} --tree` shows how \
                     the tasks follow each other"
                ),
            )),
            None => Ok(()),
        }
    }
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        self.diagram.check(&self.dag_id, context.program)?;
        let conf = read_conf(self.conf.as_deref())?;
        let execution_date = match &self.execution_date {
            Some(text) => date::parse(text, &context.default_timezone()?)?,
            None => context.now(),
        };
        let mark_success = self
            .mark_success_pattern
            .as_deref()
            .map(whole)
            .transpose()?;
        let options = SessionOptions {
            connections_file: self.connections_file,
            variables_file: self.variables_file,
            environment: Vec::new(),
        };
        let mut session = Session::start(context, &options).await?;
        let found = find(context, &session, &self.dag_id, self.subdir.as_deref()).await?;
        let others = add_others(context, &session, &self.dag_id, self.subdir.as_deref()).await?;
        let wanted = Wanted::at(execution_date, conf);
        let begun = begin(context, &session, (&self.dag_id, None), wanted).await?;
        require_some(&begun.dag, execution_date, context.program)?;
        let run = begun.run;
        let paint = Paint::new();
        greet(
            paint,
            &run,
            &found,
            (&left_out(&begun.dag, execution_date), &others),
        );
        let what = Drive {
            run: run.clone(),
            folder: &found.folder,
            mark_success,
            at_once: self.use_executor,
        };
        let ended = Box::pin(drive(context, &mut session, what, paint)).await?;
        print_summary(&session.scratch, &run, &ended, paint).await?;
        Box::pin(session.end()).await;
        match ended.state {
            _ if ended.is_interrupted => Err(Failure::silent(128 + 2).into()),
            Some(DagRunState::Success) => Ok(()),
            _ => Err(Failure::silent(1).into()),
        }
    }
}

fn greet(paint: Paint, run: &RunKey, found: &Found, (left_out, others): (&[&str], &[String])) {
    paint.line(&format!(
        "{}  {}\n  file      {}\n  database  a temporary one, with copies of Variables, Connections and pools",
        paint.bold(run.dag_id.as_str()),
        run.run_id,
        found.file.display(),
    ));
    if !left_out.is_empty() {
        let names = left_out.join(", ");
        paint.line(&format!(
            "  without   {names}: the date is not between start_date and end_date"
        ));
    }
    if !others.is_empty() {
        let names = others.join(", ");
        paint.line(&format!(
            "  with      {names}, and their runs that are over; what is triggered runs here"
        ));
    }
    paint.line("");
}

/// As Python's `fullmatch`.
fn whole(pattern: &str) -> anyhow::Result<Regex> {
    Regex::new(&format!("^(?:{pattern})$"))
        .with_context(|| format!("--mark-success-pattern {pattern:?} is not a regular expression"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_whole_names() {
        let pattern = whole("wait_.*|b").unwrap();
        assert!(pattern.is_match("wait_for_it") && pattern.is_match("b"));
        assert!(!pattern.is_match("await_it") && !pattern.is_match("bb"));
    }
}
