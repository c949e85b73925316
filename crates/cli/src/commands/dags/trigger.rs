//! `dags trigger`.

use anyhow::Context as _;
use regex::Regex;
use serde_json::{Map, Value as Json};
use updraft_core::{RunId, UtcDateTime, run_id, state::DagRunType};

use crate::{
    context::Context,
    date,
    failure::Failure,
    manual_run::{Created, ManualRuns, NewRun},
    output::{OutputArgs, Value, record},
};

/// Start a new run of a DAG; while the DAG is paused, the run stays queued
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft dags trigger etl --conf '{\"full\": true}'")]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// Id of the run; by default made from its date
    #[arg(short, long)]
    run_id: Option<String>,
    /// Configuration of the run, a JSON object
    #[arg(short, long, value_name = "JSON")]
    conf: Option<String>,
    /// Logical date of the run; by default now
    #[arg(short, long, value_name = "DATE")]
    exec_date: Option<String>,
    /// Keep the fraction of a second of the logical date
    #[arg(long)]
    no_replace_microseconds: bool,
    /// Accepted for compatibility; DAGs are read from the metadata database
    #[arg(short = 'S', long, hide = true)]
    subdir: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let conf = self.conf()?;
        let execution_date = self.execution_date(context)?;
        let new = NewRun {
            dag_id: self.dag_id.clone(),
            run_id: self.run_id(context, execution_date)?,
            execution_date,
            conf,
        };
        let created = ManualRuns::new(context, db).create(&new).await?;
        let NewRun {
            dag_id,
            run_id,
            conf,
            ..
        } = new;
        let Created::New { data_interval } = created else {
            let at = execution_date.python_str();
            return Err(Failure::new(format!(
                "A DAG Run already exists for DAG {dag_id} at {at} with run id {run_id}"
            ))
            .into());
        };
        let row = record([
            ("conf", Json::Object(conf).into()),
            ("dag_id", dag_id.as_str().into()),
            ("dag_run_id", run_id.as_str().into()),
            ("data_interval_start", data_interval.start.into()),
            ("data_interval_end", data_interval.end.into()),
            ("end_date", Value::None),
            ("external_trigger", true.into()),
            ("last_scheduling_decision", Value::None),
            ("logical_date", execution_date.into()),
            ("run_type", "manual".into()),
            ("start_date", Value::None),
            ("state", "queued".into()),
        ]);
        context.print_rows(self.output.output, &[row])
    }

    fn conf(&self) -> anyhow::Result<Map<String, Json>> {
        match self.conf.as_deref().filter(|conf| !conf.is_empty()) {
            None => Ok(Map::new()),
            Some(conf) => serde_json::from_str(conf)
                .context("the configuration (--conf) is not a JSON object"),
        }
    }

    fn execution_date(&self, context: &Context) -> anyhow::Result<UtcDateTime> {
        let date = match &self.exec_date {
            Some(text) => date::parse(text, &context.default_timezone()?)?,
            None => context.now(),
        };
        if self.no_replace_microseconds {
            return Ok(date);
        }
        let whole = date.as_micros().div_euclid(1_000_000) * 1_000_000;
        Ok(UtcDateTime::from_micros(whole).unwrap_or(date))
    }

    fn run_id(&self, context: &Context, execution_date: UtcDateTime) -> anyhow::Result<RunId> {
        let Some(run_id) = &self.run_id else {
            return Ok(run_id::generate(DagRunType::Manual, execution_date));
        };
        let pattern = &context.config.scheduler.allowed_run_id_pattern;
        let pattern = Regex::new(&format!("^(?:{pattern})"))
            .context("[scheduler] allowed_run_id_pattern is not a regular expression")?;
        Ok(run_id::accept(run_id, DagRunType::Manual, |text| {
            pattern.is_match(text)
        })?)
    }
}
