//! `dags next-execution`.

use updraft_core::timetable::{DataInterval, TimeRestriction};

use super::existing;
use crate::{context::Context, failure::Failure, stored_dag::load};

/// Show the logical dates of the next scheduled runs of a DAG
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  updraft dags next-execution etl --num-executions 3")]
pub(crate) struct Args {
    /// The DAG
    dag_id: String,
    /// How many
    #[arg(short, long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    num_executions: u32,
    /// Accepted for compatibility; DAGs are read from the metadata database
    #[arg(short = 'S', long, hide = true)]
    subdir: Option<String>,
}

impl Args {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let db = context.database().await?;
        let dag = load(context, &db, &self.dag_id).await?;
        let row = existing(context, &db, &self.dag_id).await?;
        if row.is_paused == Some(true) {
            tracing::warn!("the DAG is paused: no run starts before it is unpaused");
        }
        if self.num_executions > 1 && dag.timetable.needs_python() {
            return Err(Failure::new(format!(
                "the timetable of DAG {} is made in Python: only its next run is known",
                self.dag_id
            ))
            .into());
        }
        // Airflow looks further than the DAG's end date.
        let restriction = TimeRestriction {
            earliest: None,
            latest: None,
            catchup: true,
        };
        let mut next = row.next_dagrun.map(|logical_date| {
            let start = row.next_dagrun_data_interval_start.unwrap_or(logical_date);
            let end = row.next_dagrun_data_interval_end.unwrap_or(start);
            DataInterval {
                start: start.into(),
                end: end.into(),
            }
        });
        for number in 0..self.num_executions {
            if number > 0 {
                next = next
                    .and_then(|last| {
                        dag.timetable
                            .next_dagrun_info(Some(last), restriction, context.now())
                    })
                    .map(|info| info.data_interval);
            }
            if let Some(interval) = next {
                context.print(&interval.start.isoformat())?;
            } else {
                tracing::warn!("no run follows; the DAG may have no schedule, or @once");
                context.print("None")?;
            }
        }
        Ok(())
    }
}
