//! `dags trigger`.

use anyhow::Context as _;
use regex::Regex;
use serde_json::{Map, Value as Json};
use updraft_core::{RunId, UtcDateTime, dag::Dag, run_id, state::DagRunType};
use updraft_metadata_db::{
    cli_queries::{self, ManualRun},
    pickle,
};
use updraft_serialized_dag::params::check_params;

use super::{first_instances::first_instances, load::stored};
use crate::{
    context::Context,
    date,
    failure::Failure,
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
        let dag_id = &self.dag_id;
        if cli_queries::dag(&db, dag_id).await?.is_none() {
            let message = format!("Dag id {dag_id} not found in DagModel");
            let hint = format!("`{} dags list` lists the DAGs", context.program);
            return Err(Failure::new(message).with_hint(hint).into());
        }
        let stored = stored(context, &db, dag_id).await?;
        let dag = stored.dag(context)?;
        let conf = self.conf()?;
        check_params(&stored.params()?, &conf).map_err(|invalid| {
            Failure::new(invalid.to_string())
                .with_hint("`--conf '{\"NAME\": VALUE}'` gives parameters their values")
        })?;
        let execution_date = self.execution_date(context)?;
        let run_id = self.run_id(context, execution_date)?;
        let data_interval = dag
            .timetable
            .infer_manual_data_interval(execution_date)
            .ok_or_else(|| no_interval(&dag, execution_date))?;
        let instances = first_instances(&dag, &run_id, execution_date);
        let run = ManualRun {
            dag_id,
            run_id: &run_id,
            execution_date,
            data_interval,
            conf: &pickle::write(&pickle::Value::from(Json::Object(conf.clone()))),
            dag_hash: instances.as_ref().map(|_| dag.dag_hash.as_str()),
            instances: instances.as_deref().unwrap_or_default(),
            unixname: &unixname(),
        };
        let mut tx = db.begin().await?;
        let is_new = cli_queries::trigger(&mut tx, &run, context.now()).await?;
        tx.commit().await?;
        if !is_new {
            let at = execution_date.python_str();
            return Err(Failure::new(format!(
                "A DAG Run already exists for DAG {dag_id} at {at} with run id {run_id}"
            ))
            .into());
        }
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

/// The user that task instances are made by.
fn unixname() -> String {
    let uid = nix::unistd::geteuid();
    let user = nix::unistd::User::from_uid(uid).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}

fn no_interval(dag: &Dag, execution_date: UtcDateTime) -> Failure {
    Failure::new(format!(
        "the timetable of DAG {} gives no data interval for {execution_date}",
        dag.dag_id
    ))
    .with_hint("a timetable in Python is asked by the scheduler only; `airflow dags trigger` can")
}
