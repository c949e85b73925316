//! `jobs check`.

use updraft_core::UtcDateTime;
use updraft_metadata_db::cli_queries::{JobFilter, JobOrder, JobRow, jobs};

use crate::{
    compose::{self, Host},
    context::Context,
    failure::Failure,
};

/// Tell by the exit code whether a scheduler or another job is alive
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  updraft jobs check --job-type SchedulerJob --local\n  \
                  updraft jobs check --job-type SchedulerJob --allow-multiple --limit 100"
)]
pub(crate) struct Args {
    /// Only jobs of this type
    #[arg(long, value_name = "TYPE", value_parser = [
        "BackfillJob", "LocalTaskJob", "SchedulerJob", "TriggererJob", "DagProcessorJob",
    ])]
    job_type: Option<String>,
    /// Only jobs of this host
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,
    /// Only jobs of this host, by the name that [core] `hostname_callable` gives
    #[arg(long)]
    local: bool,
    /// How many of the newest jobs to look at; 0 for all
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    limit: u32,
    /// Several living jobs are no failure; needs a --limit above 1
    #[arg(long)]
    allow_multiple: bool,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        if self.allow_multiple && self.limit <= 1 {
            return Err(Failure::new(
                "To use option --allow-multiple, you must set the limit to a value greater than 1.",
            )
            .into());
        }
        if self.hostname.is_some() && self.local {
            let message = "You can't use --hostname and --local at the same time";
            return Err(Failure::new(message).into());
        }
        let hostname = match self.hostname {
            None if self.local => Some(local_hostname(context).await?),
            given => given,
        };
        let filter = JobFilter {
            state: Some("running"),
            job_type: self.job_type.as_deref(),
            hostname: hostname.as_deref(),
            limit: (self.limit > 0).then(|| self.limit.into()),
            ..JobFilter::default()
        };
        let db = context.database().await?;
        let found = jobs(&db, &filter, JobOrder::Heartbeat).await?;
        let now = context.now();
        let alive = found
            .iter()
            .filter(|job| is_alive(context, job, now))
            .count();
        match alive {
            0 => Err(Failure::new("No alive jobs found.").into()),
            1 => context.print("Found one alive job."),
            count if self.allow_multiple => context.print(&format!("Found {count} alive jobs.")),
            count => {
                let message = format!("Found {count} alive jobs. Expected only one.");
                Err(Failure::new(message).into())
            }
        }
    }
}

async fn local_hostname(context: &Context) -> anyhow::Result<String> {
    let python = compose::interpreter(context)?;
    let host = Host::ask(&python, &context.config.core.hostname_callable).await?;
    Ok(host.hostname)
}

/// Airflow's patience with each type of job.
fn is_alive(context: &Context, job: &JobRow, now: UtcDateTime) -> bool {
    const MISSED_HEARTBEATS: f64 = 2.1;
    const TRIGGERER_PATIENCE: f64 = 30.0;
    let scheduler = &context.config.scheduler;
    let patience = match job.job_type.as_deref() {
        Some("SchedulerJob") => scheduler.scheduler_health_check_threshold.as_secs_f64(),
        Some("TriggererJob") => context
            .raw
            .get("triggerer", "triggerer_health_check_threshold")
            .ok()
            .flatten()
            .and_then(|value| value.text.parse().ok())
            .unwrap_or(TRIGGERER_PATIENCE),
        _ => scheduler.job_heartbeat_sec.as_secs_f64() * MISSED_HEARTBEATS,
    };
    job.latest_heartbeat
        .is_some_and(|at| now.since(at.into()).as_secs_f64() < patience)
}
