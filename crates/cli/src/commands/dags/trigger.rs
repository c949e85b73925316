//! `dags trigger`.

use anyhow::Context as _;
use regex::Regex;
use serde_json::{Map, Value as Json};
use updraft_core::{RunId, UtcDateTime, run_id, state::DagRunType, timetable::DataInterval};

use crate::{
    conf::read_conf,
    context::Context,
    date,
    failure::Failure,
    manual_run::{Asked, Created, ManualRuns, NewRun, ask_alone},
    output::{OutputArgs, Record, Value, record},
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
        let conf = read_conf(self.conf.as_deref())?;
        let date = match &self.exec_date {
            Some(text) => date::parse(text, &context.default_timezone()?)?,
            None => context.now(),
        };
        let runs = ManualRuns::new(context, db);
        let whole = if self.no_replace_microseconds {
            date
        } else {
            whole_second(date)
        };
        let mut new = self.new_run(context, whole, conf)?;
        let mut created = create(context, &runs, &new).await?;
        if created == Created::Exists && self.exec_date.is_none() && whole != date {
            // Another run of this second has its date. Stock refuses; nobody asked for that date.
            new = self.new_run(context, date, new.conf)?;
            created = create(context, &runs, &new).await?;
        }
        match created {
            Created::New { data_interval } => {
                context.print_record(self.output.output, row(new, data_interval))
            }
            Created::Exists => Err(Failure::new(format!(
                "A DAG Run already exists for DAG {} at {} with run id {}",
                new.dag_id,
                new.execution_date.python_str(),
                new.run_id
            ))
            .into()),
        }
    }

    fn new_run(
        &self,
        context: &Context,
        execution_date: UtcDateTime,
        conf: Map<String, Json>,
    ) -> anyhow::Result<NewRun> {
        Ok(NewRun {
            dag_id: self.dag_id.clone(),
            run_id: self.run_id(context, execution_date)?,
            execution_date,
            instances_of: execution_date,
            conf,
        })
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

async fn create(context: &Context, runs: &ManualRuns, new: &NewRun) -> anyhow::Result<Created> {
    let Some(file) = runs.file_of_timetable(&new.dag_id).await? else {
        return runs.create(new).await;
    };
    let asked = Asked {
        dag_id: &new.dag_id,
        file: &file,
        logical_date: new.execution_date,
    };
    let data_interval = ask_alone(context, asked).await?;
    runs.create_within(new, Some(data_interval)).await
}

fn whole_second(date: UtcDateTime) -> UtcDateTime {
    let whole = date.as_micros().div_euclid(1_000_000) * 1_000_000;
    UtcDateTime::from_micros(whole).unwrap_or(date)
}

fn row(run: NewRun, data_interval: DataInterval) -> Record {
    record([
        ("conf", Json::Object(run.conf).into()),
        ("dag_id", run.dag_id.into()),
        ("dag_run_id", run.run_id.as_str().into()),
        ("data_interval_start", data_interval.start.into()),
        ("data_interval_end", data_interval.end.into()),
        ("end_date", Value::None),
        ("external_trigger", true.into()),
        ("last_scheduling_decision", Value::None),
        ("logical_date", run.execution_date.into()),
        ("run_type", "manual".into()),
        ("start_date", Value::None),
        ("state", "queued".into()),
    ])
}
